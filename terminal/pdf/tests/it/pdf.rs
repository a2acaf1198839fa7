//! Small PDFs, written by hand so that every byte of them is known.

/// A paper in the making. Objects are numbered from 1 in the order they are added.
pub struct Pdf {
    objects: Vec<Vec<u8>>,
    pages: Vec<usize>,
    /// What the catalogue says besides its pages.
    catalog: String,
    /// How many pages it says that it has, where that is not the truth.
    count: Option<usize>,
}

const CATALOG: usize = 1;
const TREE: usize = 2;
const LATIN: usize = 3;
const CHINESE: usize = 4;

impl Pdf {
    pub fn new() -> Self {
        let mut pdf = Self {
            objects: vec![Vec::new(); 2],
            pages: Vec::new(),
            catalog: String::new(),
            count: None,
        };
        pdf.add("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>");
        pdf.add(concat!(
            "<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H ",
            "/DescendantFonts [<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light ",
            "/CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> /DW 1000 ",
            "/FontDescriptor << /Type /FontDescriptor /FontName /STSong-Light /Flags 6 ",
            "/FontBBox [-25 -254 1000 880] /ItalicAngle 0 /Ascent 880 /Descent -120 ",
            "/CapHeight 880 /StemV 93 >> >>] >>"
        ));
        pdf
    }

    pub fn add(&mut self, object: impl Into<Vec<u8>>) -> usize {
        self.objects.push(object.into());
        self.objects.len()
    }

    pub fn add_stream(&mut self, dictionary: &str, data: &[u8]) -> usize {
        let mut object =
            format!("<< {dictionary} /Length {} >>\nstream\n", data.len()).into_bytes();
        object.extend_from_slice(data);
        object.extend_from_slice(b"\nendstream");
        self.add(object)
    }

    /// `extra` goes into the page's dictionary: `/Rotate 90`, a `/CropBox`, other `/Resources` than the two fonts.
    pub fn page(mut self, media_box: &str, extra: &str, content: &str) -> Self {
        let stream = self.add_stream("", content.as_bytes());
        let own = format!("/Resources << /Font << /F1 {LATIN} 0 R /F2 {CHINESE} 0 R >> >>");
        let resources = if extra.contains("/Resources") { "" } else { own.as_str() };
        let page = format!(
            "<< /Type /Page /Parent {TREE} 0 R /MediaBox [{media_box}] /Contents {stream} 0 R \
             {extra} {resources} >>"
        );
        let number = self.add(page);
        self.pages.push(number);
        self
    }

    /// Goes into the catalogue: `/Outlines 9 0 R`, an `/OpenAction`.
    pub fn catalog(mut self, extra: &str) -> Self {
        self.catalog.push_str(extra);
        self
    }

    /// The number that the next object will get.
    pub fn next(&self) -> usize {
        self.objects.len() + 1
    }

    /// The numbers of the pages so far.
    pub fn page_numbers(&self) -> &[usize] {
        &self.pages
    }

    /// Lets another object be the only child of the page tree, which says that it has so many pages.
    pub fn tree(mut self, child: usize, count: usize) -> Self {
        self.pages = vec![child; 1];
        self.count = Some(count);
        self
    }

    pub fn a4(self, content: &str) -> Self {
        self.page("0 0 595 842", "", content)
    }

    /// A page whose dictionary is missing from the file.
    pub fn missing_page(mut self) -> Self {
        self.pages.push(9_999);
        self
    }

    /// The catalogue and the tree of pages.
    fn complete(&mut self) {
        let kids: Vec<String> = self.pages.iter().map(|page| format!("{page} 0 R")).collect();
        let count = self.count.unwrap_or(kids.len());
        let catalog = &self.catalog;
        self.objects[CATALOG - 1] =
            format!("<< /Type /Catalog /Pages {TREE} 0 R {catalog} >>").into_bytes();
        self.objects[TREE - 1] =
            format!("<< /Type /Pages /Kids [{}] /Count {count} >>", kids.join(" ")).into_bytes();
    }

    pub fn bytes(mut self, title: Option<&str>) -> Vec<u8> {
        self.complete();
        let info = title.map(|title| self.add(format!("<< /Title <{}> >>", utf16(title))));

        let mut file = b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec();
        let mut places = Vec::new();
        for (at, object) in self.objects.iter().enumerate() {
            places.push(file.len());
            put(&mut file, at + 1, object);
        }
        let table = file.len();
        file.extend_from_slice(format!("xref\n0 {}\n", places.len() + 1).as_bytes());
        file.extend_from_slice(b"0000000000 65535 f \n");
        for place in &places {
            file.extend_from_slice(format!("{place:010} 00000 n \n").as_bytes());
        }
        let info = info.map_or_else(String::new, |info| format!("/Info {info} 0 R"));
        let size = places.len() + 1;
        file.extend_from_slice(
            format!("trailer\n<< /Size {size} /Root {CATALOG} 0 R {info} >>\nstartxref\n{table}\n%%EOF\n")
                .as_bytes(),
        );
        file
    }
}

impl Pdf {
    /// The same in the newer form: all but streams packed into one stream, and a table that is a stream too.
    pub fn packed(mut self) -> Vec<u8> {
        self.complete();
        let mut file = b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec();
        let mut entries = vec![(0, 0, u16::MAX)];
        let (mut index, mut packed) = (String::new(), Vec::new());
        let holder = self.objects.len() + 1;
        let mut inside = 0;
        for (object, number) in self.objects.iter().zip(1..) {
            if object.ends_with(b"endstream") {
                entries.push((1, file.len(), 0));
                put(&mut file, number, object);
            } else {
                entries.push((2, holder, inside));
                inside += 1;
                index.push_str(&format!("{number} {} ", packed.len()));
                packed.extend_from_slice(object);
                packed.push(b' ');
            }
        }
        let mut both = index.into_bytes();
        let first = both.len();
        both.extend(packed);
        let head = format!("/Type /ObjStm /N {inside} /First {first}");
        self.add_stream(&head, &both);
        entries.push((1, file.len(), 0));
        put(&mut file, holder, &self.objects[holder - 1]);
        let table = file.len();
        entries.push((1, table, 0));
        let size = entries.len();
        let bytes: Vec<u8> = entries
            .into_iter()
            .flat_map(|(kind, place, more): (u8, usize, u16)| {
                let place = u32::try_from(place).unwrap_or(u32::MAX).to_be_bytes();
                [&[kind], place.as_slice(), more.to_be_bytes().as_slice()].concat()
            })
            .collect();
        let head = format!("/Type /XRef /Size {size} /W [1 4 2] /Root {CATALOG} 0 R");
        let number = self.add_stream(&head, &bytes);
        put(&mut file, number, &self.objects[number - 1]);
        file.extend_from_slice(format!("startxref\n{table}\n%%EOF\n").as_bytes());
        file
    }
}

fn put(file: &mut Vec<u8>, number: usize, object: &[u8]) {
    file.extend_from_slice(format!("{number} 0 obj\n").as_bytes());
    file.extend_from_slice(object);
    file.extend_from_slice(b"\nendobj\n");
}

/// One line of Latin text, from the lower left in points.
pub fn latin(x: u32, y: u32, size: u32, text: &str) -> String {
    format!("BT /F1 {size} Tf {x} {y} Td ({text}) Tj ET\n")
}

/// One line of Chinese text in a font that the paper does not carry.
pub fn chinese(x: u32, y: u32, size: u32, text: &str) -> String {
    let codes: String = text.encode_utf16().map(|unit| format!("{unit:04X}")).collect();
    format!("BT /F2 {size} Tf {x} {y} Td <{codes}> Tj ET\n")
}

pub fn pages(count: u32) -> Vec<u8> {
    (1..=count)
        .fold(Pdf::new(), |pdf, page| pdf.a4(&latin(72, 700, 48, &format!("Page {page}"))))
        .bytes(None)
}

pub fn utf16(text: &str) -> String {
    std::iter::once(0xFEFF).chain(text.encode_utf16()).map(|unit| format!("{unit:04X}")).collect()
}
