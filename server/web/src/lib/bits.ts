// One bit a person, in the order of the roll, as `protocol::ids::Bits` writes it.

/** Answers whether the i-th bit is set. */
export function bits(text: string): (i: number) => boolean {
  let bytes: string;
  try {
    bytes = atob(text);
  } catch {
    bytes = '';
  }
  return (i) => ((bytes.charCodeAt(i >> 3) || 0) & (0x80 >> (i & 7))) !== 0;
}
