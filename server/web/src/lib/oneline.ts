// A title may need several lines on the screen and is one line all the same:
// Enter does what it does in any other field. Not the Enter that chooses a word
// while a Chinese one is being typed.

export function oneLine(node: HTMLTextAreaElement): { destroy: () => void } {
  const key = (e: KeyboardEvent) => {
    if (e.key !== 'Enter' || e.isComposing) return;
    e.preventDefault();
    node.form?.requestSubmit();
  };
  // What is pasted may have had lines.
  const input = () => {
    if (!node.value.includes('\n')) return;
    node.value = node.value.replace(/\s*\n\s*/g, ' ').trim();
    node.dispatchEvent(new Event('input', { bubbles: true }));
  };
  node.addEventListener('keydown', key);
  node.addEventListener('input', input);
  return {
    destroy() {
      node.removeEventListener('keydown', key);
      node.removeEventListener('input', input);
    },
  };
}
