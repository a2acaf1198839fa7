//! Draws what a terminal shows: the program's own window in both panel sizes,
//! both languages and both ends of the text sizes, as PNG. Drawn in memory, no
//! display is needed.

use crate::terminal::Terminal;
use anyhow::{Context as _, Result, bail, ensure};
use hemicycle_pdf::{Picture, PixelFormat};
use hemicycle_terminal::bind::Window;
use hemicycle_terminal::screen::{BitmapId, Language, Page, Screen, TextSize};
use hemicycle_terminal::touch::Touch;
use i_slint_backend_testing::{ElementRoot as _, TestingBackend, TestingBackendOptions};
use slint::ComponentHandle as _;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

const PANELS: [(&str, u32, u32); 2] = [("1920x1080", 1920, 1080), ("1280x800", 1280, 800)];
const LANGUAGES: [(&str, Language); 2] = [("zh", Language::Zh), ("en", Language::En)];
const SIZES: [TextSize; 2] = [TextSize::Pt18, TextSize::Pt30];
/// A paper's page is complete when nothing has come for so long.
const QUIET: Duration = Duration::from_millis(400);
/// A page is laid out, drawn, and laid out again this often at most.
const TURNS: usize = 100;

/// Where the pictures go.
pub struct Album {
    folder: PathBuf,
    only: Vec<String>,
    panels: Vec<Panel>,
    taken: BTreeSet<String>,
    pub drawn: u32,
    /// Texts that did not fit, with the picture that they are on.
    pub cut: BTreeSet<String>,
}

struct Panel {
    name: &'static str,
    window: Window,
    asked: Rc<RefCell<Vec<Touch>>>,
}

impl Album {
    /// `only`: what a picture's name must contain.
    pub fn open(folder: &Path, only: Vec<String>) -> Result<Self> {
        std::fs::create_dir_all(folder)?;
        let backend = TestingBackend::new(TestingBackendOptions {
            mock_time: true,
            threading: false,
            renderer_name: Some("software".into()),
        });
        slint::platform::set_platform(Box::new(backend))?;
        let panels = PANELS.into_iter().map(|(name, width, height)| {
            let asked = Rc::new(RefCell::new(Vec::new()));
            let heard = Rc::clone(&asked);
            let window = Window::new(move |touch| heard.borrow_mut().push(touch))?;
            window.set_size(width, height);
            window.component().show()?;
            Ok(Panel { name, window, asked })
        });
        let panels = panels.collect::<Result<_>>()?;
        let (taken, cut) = Default::default();
        Ok(Self { folder: folder.into(), only, panels, taken, drawn: 0, cut })
    }

    /// The terminal's screen as it is now, in all its forms.
    pub async fn take(&mut self, name: &str, seat: &mut Terminal) -> Result<()> {
        ensure!(self.taken.insert(name.into()), "two pictures would be named {name}");
        if !self.wants(name) {
            return Ok(());
        }
        if matches!(seat.screen().page, Page::Reader(_)) {
            return self.take_paper(name, seat).await;
        }
        // First all that is fleeting, then the slow drawing.
        let mut screens = Vec::new();
        for (language, size, suffix) in forms() {
            screens.push((suffix, turn(seat, language, size).await?));
        }
        for (suffix, screen) in screens {
            for place in 0..self.panels.len() {
                self.draw(place, name, &suffix, &screen)?;
            }
        }
        Ok(())
    }

    /// A paper's page is drawn for the desk it lies on, so that the terminal is told of each.
    async fn take_paper(&mut self, name: &str, seat: &mut Terminal) -> Result<()> {
        for place in 0..self.panels.len() {
            for (language, size, suffix) in forms() {
                turn(seat, language, size).await?;
                self.settle(place, seat).await.with_context(|| format!("{name} {suffix}"))?;
                let screen = seat.screen();
                self.draw(place, name, &suffix, &screen)?;
            }
        }
        Ok(())
    }

    async fn settle(&mut self, place: usize, seat: &mut Terminal) -> Result<()> {
        let panel = self.panels.get(place).context("a panel")?;
        // As if the page had just been opened here: it says how large its desk is.
        panel.window.show(&Screen::default());
        panel.snapshot()?;
        panel.asked.borrow_mut().clear();
        for _ in 0..TURNS {
            let screen = seat.seen();
            let Page::Reader(reader) = &screen.page else { bail!("the paper was closed") };
            panel.give_pictures(&screen, seat)?;
            panel.window.show(&screen);
            panel.snapshot()?;
            let asked: Vec<Touch> = panel.asked.borrow_mut().drain(..).collect();
            let idle = asked.is_empty();
            for touch in asked {
                seat.touch(touch).await?;
            }
            let other = reader.two.as_ref().and_then(|two| two.other.as_ref());
            let both = other.is_none_or(|other| other.sheets.iter().any(|s| s.image.is_some()));
            let drawn = reader.sheet_images().all(|id| panel.window.has_picture(id));
            let here = both && drawn && reader.image.is_some();
            let still = !seat.changes_within(QUIET).await;
            if idle && still && (here || !reader.waiting.is_empty()) {
                return Ok(());
            }
        }
        bail!("the page does not come to rest")
    }

    fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|part| name.contains(part.as_str()))
    }

    fn draw(&mut self, place: usize, name: &str, suffix: &str, screen: &Screen) -> Result<()> {
        let panel = self.panels.get(place).context("a panel")?;
        panel.window.show(screen);
        let picture = panel.snapshot()?;
        let file = self.folder.join(format!("{name}-{}-{suffix}.png", panel.name));
        write_png(&file, &picture).with_context(|| file.display().to_string())?;
        self.drawn += 1;
        let cut = panel.cut_texts().into_iter();
        self.cut.extend(cut.map(|text| format!("{name}-{}-{suffix}: {text}", panel.name)));
        Ok(())
    }
}

impl Panel {
    /// The pages mark a text that had to be cut.
    fn cut_texts(&self) -> Vec<String> {
        let mut cut = Vec::new();
        self.window.component().root_element().visit_descendants(|element| {
            if element.id().is_some_and(|id| id.ends_with("::cut-mark")) {
                cut.push(element.accessible_label().unwrap_or_default().into());
            }
            ControlFlow::<()>::Continue(())
        });
        cut
    }

    /// Lays out and draws, as a window would for its next frame.
    fn snapshot(&self) -> Result<slint::SharedPixelBuffer<slint::Rgba8Pixel>> {
        i_slint_backend_testing::mock_elapsed_time(Duration::from_millis(20));
        Ok(self.window.component().window().take_snapshot()?)
    }

    fn give_pictures(&self, screen: &Screen, seat: &Terminal) -> Result<()> {
        let Page::Reader(reader) = &screen.page else { return Ok(()) };
        for id in reader.images() {
            if !self.window.has_picture(id)
                && let Some(picture) = seat.picture(id)
            {
                self.put(id, &picture)?;
            }
        }
        Ok(())
    }

    fn put(&self, id: BitmapId, picture: &Picture) -> Result<()> {
        let pixels: Vec<u8> = match picture.format {
            PixelFormat::Rgba => picture.pixels.to_vec(),
            PixelFormat::Rgb => {
                let (pixels, _) = picture.pixels.as_chunks::<3>();
                pixels.iter().flat_map(|&[r, g, b]| [r, g, b, 255]).collect()
            }
        };
        Ok(self.window.put_picture(id, picture.height, &pixels)?)
    }
}

fn forms() -> impl Iterator<Item = (Language, TextSize, String)> {
    LANGUAGES.into_iter().flat_map(|(tongue, language)| {
        SIZES.into_iter().map(move |size| (language, size, format!("{tongue}-{}pt", size.points())))
    })
}

/// The terminal in this language and this size, as its member would set them.
async fn turn(seat: &mut Terminal, language: Language, size: TextSize) -> Result<Screen> {
    seat.touch(Touch::Language(language)).await?;
    seat.touch(Touch::TextSize(size.step())).await?;
    let turned = |screen: &Screen| (screen.language, screen.text_size) == (language, size);
    seat.until("the language and the size", turned).await
}

fn write_png(path: &Path, picture: &slint::SharedPixelBuffer<slint::Rgba8Pixel>) -> Result<()> {
    let file = std::io::BufWriter::new(std::fs::File::create(path)?);
    let mut encoder = png::Encoder::new(file, picture.width(), picture.height());
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    let (pixels, _) = picture.as_bytes().as_chunks::<4>();
    let opaque: Vec<u8> = pixels.iter().flat_map(|&[r, g, b, _]| [r, g, b]).collect();
    encoder.write_header()?.write_image_data(&opaque)?;
    Ok(())
}
