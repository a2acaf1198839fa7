//! Shows any page of the seat in any of its states, without a server.
//!
//! `gallery` lists the states, `gallery --show vote` opens one in a window, and
//! `gallery --out DIR` renders all of them, in both languages, on both panels and at both ends of
//! the text sizes, into pictures. That needs no display. It is the program's own pages that are
//! drawn; only what stands on them is made up here.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use hemicycle_terminal::bind::Window;
use hemicycle_terminal::screen::{Language, TextSize};
use slint::ComponentHandle;

mod states;

const PANELS: [(&str, u32, u32); 2] = [("1920x1080", 1920, 1080), ("1280x800", 1280, 800)];
const LANGUAGES: [(&str, Language); 2] = [("zh", Language::Zh), ("en", Language::En)];
const SIZES: [TextSize; 2] = [TextSize::Pt18, TextSize::Pt30];

#[derive(Default)]
struct Arguments {
    out: Option<PathBuf>,
    show: Option<String>,
    /// Only what contains this: `vote`, `zh`, `1280`.
    only: Vec<String>,
}

fn main() -> ExitCode {
    match arguments().and_then(|arguments| run(&arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("gallery: {error}");
            ExitCode::FAILURE
        }
    }
}

fn arguments() -> Result<Arguments, Box<dyn Error>> {
    let mut arguments = Arguments::default();
    let mut rest = std::env::args().skip(1);
    while let Some(name) = rest.next() {
        let mut value = || rest.next().ok_or_else(|| format!("{name} needs a value"));
        match name.as_str() {
            "--out" => arguments.out = Some(PathBuf::from(value()?)),
            "--show" => arguments.show = Some(value()?),
            "--only" => arguments.only.push(value()?),
            _ => return Err(format!("unknown argument {name}").into()),
        }
    }
    Ok(arguments)
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    if let Some(out) = &arguments.out {
        return render(out, &arguments.only);
    }
    if let Some(name) = &arguments.show {
        return show(name);
    }
    for (name, _) in states::all(Language::Zh) {
        println!("{name}");
    }
    Ok(())
}

/// In a real window, to be touched; what it asks for is printed.
fn show(name: &str) -> Result<(), Box<dyn Error>> {
    let states = states::all(Language::Zh);
    let (_, screen) = states
        .iter()
        .find(|(state, _)| *state == name)
        .ok_or_else(|| format!("there is no state {name}"))?;
    let window = Window::new(|touch| println!("{touch:?}"))?;
    states::put_pictures(&window, screen)?;
    window.show(screen);
    window.run()?;
    Ok(())
}

fn render(out: &Path, only: &[String]) -> Result<(), Box<dyn Error>> {
    use i_slint_backend_testing::{TestingBackend, TestingBackendOptions};
    std::fs::create_dir_all(out)?;
    slint::platform::set_platform(Box::new(TestingBackend::new(TestingBackendOptions {
        mock_time: true,
        threading: false,
        renderer_name: Some("software".into()),
    })))?;
    let mut drawn = 0_u32;
    for (panel, width, height) in PANELS {
        let window = Window::new(|_| {})?;
        window.set_size(width, height);
        window.component().show()?;
        for (tongue, language) in LANGUAGES {
            for (name, state) in states::all(language) {
                for size in SIZES {
                    let file = format!("{name}-{panel}-{tongue}-{}pt.png", size.points());
                    if !only.iter().all(|part| file.contains(part.as_str())) {
                        continue;
                    }
                    let mut screen = state.clone();
                    screen.text_size = size;
                    states::put_pictures(&window, &screen)?;
                    window.show(&screen);
                    let picture = window.component().window().take_snapshot()?;
                    write_png(&out.join(file), &picture)?;
                    drawn += 1;
                }
            }
        }
        window.component().hide()?;
    }
    if drawn == 0 {
        return Err("no state has such a name".into());
    }
    println!("{drawn} pictures in {}", out.display());
    Ok(())
}

fn write_png(
    path: &Path,
    picture: &slint::SharedPixelBuffer<slint::Rgba8Pixel>,
) -> Result<(), Box<dyn Error>> {
    let file = std::io::BufWriter::new(std::fs::File::create(path)?);
    let mut encoder = png::Encoder::new(file, picture.width(), picture.height());
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.write_header()?.write_image_data(picture.as_bytes())?;
    Ok(())
}
