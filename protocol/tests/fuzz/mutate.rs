//! Small changes of an input: bits, bytes, digits, pieces, and the texts that readers stumble over.

use rand_chacha::ChaCha12Rng;
use rand_core::Rng as _;

/// Numbers at the edges, points that are none, and what JSON has.
const TOKENS: [&[u8]; 26] = [
    b"0",
    b"-1",
    b"1e9",
    b"2147483648",
    b"4294967296",
    b"9007199254740993",
    b"18446744073709551616",
    b"7237005577332262213973186563042994240857116359379907606001950938285454250988",
    b"7237005577332262213973186563042994240857116359379907606001950938285454250989",
    b"0000000000000000000000000000000000000000000000000000000000000001",
    b"8000000000000000000000000000000000000000000000000000000000000001",
    b"7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed",
    b"0000000000000000000000000000000000000000000000000000000000000000",
    b"6666666666666666666666666666666666666666666666666666666666666658",
    b"null",
    b"true",
    b"{}",
    b"[]",
    b"\"\"",
    b"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
    b"\\u0000",
    b"\\ud800",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\x00",
    b" ",
];

/// One to four changes; `other` lends pieces.
pub fn mutate(seed: &[u8], other: &[u8], rng: &mut ChaCha12Rng) -> Vec<u8> {
    let mut input = seed.to_vec();
    // Mostly one: many at once are found out by the first check.
    let times = [1, 1, 1, 1, 2, 2, 3, 4][below(rng, 8)];
    for _ in 0..times {
        change(&mut input, other, rng);
    }
    input
}

fn below(rng: &mut ChaCha12Rng, bound: usize) -> usize {
    usize::try_from(rng.next_u64() % u64::try_from(bound.max(1)).unwrap()).unwrap()
}

/// A piece of a text: mostly short.
fn piece(length: usize, rng: &mut ChaCha12Rng) -> std::ops::Range<usize> {
    let start = below(rng, length);
    let most = [4, 16, 64, 512, length][below(rng, 5)];
    start..(start + 1 + below(rng, most)).min(length)
}

fn change(input: &mut Vec<u8>, other: &[u8], rng: &mut ChaCha12Rng) {
    if input.is_empty() {
        input.extend_from_slice(other);
        return;
    }
    let at = below(rng, input.len());
    match below(rng, 12) {
        0 | 1 => input[at] ^= 1 << below(rng, 8),
        2 => input[at] = u8::try_from(below(rng, 256)).unwrap(),
        3 => {
            // A digit for a digit keeps the shape.
            let digits = input.iter().enumerate().filter(|(_, byte)| byte.is_ascii_digit());
            let places: Vec<usize> = digits.map(|(place, _)| place).collect();
            if !places.is_empty() {
                input[places[below(rng, places.len())]] =
                    b'0' + u8::try_from(below(rng, 10)).unwrap();
            }
        }
        4 => drop(input.drain(piece(input.len(), rng))),
        5 => input.truncate(at),
        6 => {
            let copy = input[piece(input.len(), rng)].to_vec();
            input.splice(at..at, copy);
        }
        7 => {
            let token = TOKENS[below(rng, TOKENS.len())];
            input.splice(at..at, token.iter().copied());
        }
        8 | 9 => {
            // One whole value for a token, or for another value of the same text.
            let Some(value) = value(input, rng) else { return };
            let new = match below(rng, 2) {
                0 => TOKENS[below(rng, TOKENS.len())].to_vec(),
                _ => self::value(input, rng).map(|range| input[range].to_vec()).unwrap_or_default(),
            };
            input.splice(value, new);
        }
        10 => {
            let Some(value) = value(input, rng) else { return };
            let Some(theirs) = self::value(other, rng) else { return };
            input.splice(value, other[theirs].to_vec());
        }
        _ => {
            let theirs = piece(other.len(), rng);
            let mine = piece(input.len(), rng);
            input.splice(mine, other.get(theirs).unwrap_or_default().to_vec());
        }
    }
}

/// What stands between two quotation marks.
fn value(text: &[u8], rng: &mut ChaCha12Rng) -> Option<std::ops::Range<usize>> {
    let marks = text.iter().enumerate().filter(|(_, byte)| **byte == b'"');
    let marks: Vec<usize> = marks.map(|(place, _)| place).collect();
    let first = below(rng, marks.len().checked_sub(1)?);
    Some(marks[first] + 1..*marks.get(first + 1)?)
}
