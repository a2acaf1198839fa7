// A region that scrolls must be reachable by keyboard even if nothing in it is.

export function scrollable(node: HTMLElement): void {
  node.tabIndex = 0;
}
