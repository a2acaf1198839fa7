// The code by which a clerk and a member know that they speak of the same
// terminal: the start of its key, as the terminal shows it.

/** `9F3C A210` */
export function terminalCode(key: string): string {
  const text = key.slice(0, 8).toUpperCase();
  return `${text.slice(0, 4)} ${text.slice(4)}`;
}
