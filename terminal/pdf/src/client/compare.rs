//! Which pages of a paper are not in the version before it as they are here? Two
//! pages are the same when their texts are, and their pictures look the same.

use super::{Worker, WorkerConfig, WorkerError};
use crate::paper::{PageSize, PictureSpec};
use std::path::Path;
use std::time::{Duration, Instant};

/// Longer papers are not compared.
const MOST_PAGES: u32 = 2_000;
/// A paper that takes longer is not, either.
const PATIENCE: Duration = Duration::from_secs(300);
/// Pages are drawn this wide and looked at in cells of so many pixels a side: a changed
/// digit of a scan is seen, another smoothing of the same letter is not.
const WIDTH: u32 = 480;
const CELL: u32 = 5;
/// Shades of 255 by which a cell may differ.
const SHADES: u8 = 16;
/// A page that is so much longer than wide is judged by its text alone.
const TALLEST: u32 = 4 * WIDTH;

/// What a page is told by.
#[derive(Debug, PartialEq, Eq)]
struct Likeness {
    size: PageSize,
    text: Vec<char>,
    cells: Vec<u8>,
}

impl Likeness {
    fn is(&self, other: &Self) -> bool {
        self.size == other.size
            && self.text == other.text
            && self.cells.len() == other.cells.len()
            && self.cells.iter().zip(&other.cells).all(|(a, b)| a.abs_diff(*b) <= SHADES)
    }
}

/// Pages, from 1, in order, that only one of two versions has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// In the later one.
    pub new: Vec<u32>,
    /// In the earlier one.
    pub gone: Vec<u32>,
}

/// None where that would take too long. Blocks; both papers are opened in a worker of their own.
pub fn compare_once(
    config: WorkerConfig,
    old: &Path,
    new: &Path,
) -> Result<Option<Changes>, WorkerError> {
    let until = Instant::now() + PATIENCE;
    let mut worker = Worker::lazy(config);
    let Some(before) = worker.likenesses(old, until)? else { return Ok(None) };
    let Some(after) = worker.likenesses(new, until)? else { return Ok(None) };
    Ok(Some(changed(&before, &after)))
}

impl Worker {
    fn likenesses(
        &mut self,
        paper: &Path,
        until: Instant,
    ) -> Result<Option<Vec<Likeness>>, WorkerError> {
        let info = self.open(paper)?;
        if info.pages > MOST_PAGES {
            return Ok(None);
        }
        let mut pages = Vec::with_capacity(info.sizes.len());
        for (page, size) in (0..).zip(&info.sizes) {
            if Instant::now() >= until {
                return Ok(None);
            }
            let text = self.text(paper, page)?.chars().to_vec();
            let picture = PictureSpec::whole(page, *size, WIDTH);
            let cells = if picture.height > TALLEST {
                Vec::new()
            } else {
                let picture = self.render(paper, &picture)?;
                cells(&picture.pixels, picture.width, picture.format.bytes_per_pixel())
            };
            pages.push(Likeness { size: *size, text, cells });
        }
        Ok(Some(pages))
    }
}

/// The mean brightness of each cell.
fn cells(pixels: &[u8], width: u32, depth: u32) -> Vec<u8> {
    let (width, depth, cell) = (width as usize, depth as usize, CELL as usize);
    let across = width.div_ceil(cell);
    let mut cells = Vec::new();
    for rows in pixels.chunks(width * depth * cell) {
        let (mut sums, mut counts) = (vec![0_u32; across], vec![0_u32; across]);
        for row in rows.chunks(width * depth) {
            for (x, pixel) in row.chunks(depth).enumerate() {
                let light: u32 = pixel.iter().take(3).copied().map(u32::from).sum();
                if let (Some(sum), Some(count)) = (sums.get_mut(x / cell), counts.get_mut(x / cell))
                {
                    *sum += light / 3;
                    *count += 1;
                }
            }
        }
        let mean = |(sum, count): (u32, u32)| u8::try_from(sum / count.max(1)).unwrap_or(u8::MAX);
        cells.extend(sums.into_iter().zip(counts).map(mean));
    }
    cells
}

/// The pages that are in no longest common sequence of both versions: a page that was put in does
/// not make those after it new.
fn changed(before: &[Likeness], after: &[Likeness]) -> Changes {
    let same = |(a, b): &(&Likeness, &Likeness)| a.is(b);
    let head = before.iter().zip(after).take_while(same).count();
    let (before, rest) = (&before[head..], &after[head..]);
    let tail = before.iter().rev().zip(rest.iter().rev()).take_while(same).count();
    let (before, rest) = (&before[..before.len() - tail], &rest[..rest.len() - tail]);
    // How long a common sequence the pages from here on have: one row an earlier page.
    let width = rest.len() + 1;
    let mut longest = vec![0_u16; (before.len() + 1) * width];
    for (i, old) in before.iter().enumerate().rev() {
        for (j, new) in rest.iter().enumerate().rev() {
            let at = i * width + j;
            longest[at] = if old.is(new) {
                longest[at + width + 1] + 1
            } else {
                longest[at + width].max(longest[at + 1])
            };
        }
    }
    let (mut i, mut j, mut changes) = (0, 0, Changes::default());
    let number = |place: usize| u32::try_from(head + place + 1).ok();
    while i < before.len() || j < rest.len() {
        let at = i * width + j;
        let (old, new) = (before.get(i), rest.get(j));
        if let (Some(old), Some(new)) = (old, new)
            && old.is(new)
        {
            (i, j) = (i + 1, j + 1);
        } else if new.is_none() || (old.is_some() && longest[at + width] >= longest[at + 1]) {
            changes.gone.extend(number(i));
            i += 1;
        } else {
            changes.new.extend(number(j));
            j += 1;
        }
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(text: &str) -> Likeness {
        let size = PageSize { width: 59_500, height: 84_200 };
        Likeness { size, text: text.chars().collect(), cells: vec![250, 10, 128] }
    }

    fn pages(text: &str) -> Vec<Likeness> {
        text.chars().map(|c| page(&c.to_string())).collect()
    }

    #[test]
    fn only_what_is_new_is_named() {
        let check = |old: &str, new: &str, want: &[u32], gone: &[u32]| {
            let want = Changes { new: want.into(), gone: gone.into() };
            assert_eq!(changed(&pages(old), &pages(new)), want, "{old} → {new}");
        };
        check("abcd", "abcd", &[], &[]);
        check("abcd", "axcd", &[2], &[2]);
        check("abcd", "abxcd", &[3], &[]);
        check("abcd", "acd", &[], &[2]);
        check("abcd", "bacd", &[2], &[1]);
        check("abcdef", "axcdyef", &[2, 5], &[2]);
        check("", "ab", &[1, 2], &[]);
        check("ab", "", &[], &[1, 2]);
        check("ab", "xy", &[1, 2], &[1, 2]);
        check("aab", "ab", &[], &[2]);
        check("ab", "aab", &[2], &[]);
    }

    #[test]
    fn a_shade_is_no_change_and_a_stroke_is() {
        let mut other = page("a");
        other.cells[0] = 240;
        assert!(other.is(&page("a")));
        other.cells[0] = 200;
        assert!(!other.is(&page("a")));
        assert!(!page("b").is(&page("a")));
    }

    #[test]
    fn cells_are_means_of_squares() {
        // 10 × 5 pixels in three colours: the left square black, the right one white.
        let row: Vec<u8> = (0..10).flat_map(|x| [if x < 5 { 0 } else { 255 }; 3]).collect();
        assert_eq!(cells(&row.repeat(5), 10, 3), [0, 255]);
    }
}
