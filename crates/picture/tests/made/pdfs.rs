//! PDF files that these tests write themselves, object by object.

/// A file of one page under construction; objects 1 to 3 are its catalog, tree and page.
pub(crate) struct Paper {
    /// More entries of the page.
    pub(crate) page: String,
    /// What the page shows.
    pub(crate) content: String,
    /// Objects from number 5.
    pub(crate) more: Vec<String>,
}

impl Paper {
    /// A page that shows `content`.
    pub(crate) fn of(content: &str) -> Self {
        Self {
            page: String::new(),
            content: content.to_owned(),
            more: Vec::new(),
        }
    }

    /// The same with more entries in its page.
    pub(crate) fn page(mut self, entries: &str) -> Self {
        self.page.push_str(entries);
        self
    }

    /// The same with one more object.
    pub(crate) fn object(mut self, object: impl Into<String>) -> Self {
        self.more.push(object.into());
        self
    }

    /// The file: A4, with a table of its objects.
    pub(crate) fn pdf(&self) -> Vec<u8> {
        let mut objects = vec![
            "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
            "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
            format!(
                "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R{}>>",
                self.page
            ),
            stream("", &self.content),
        ];
        objects.extend(self.more.iter().cloned());
        let mut file = "%PDF-1.7\n".to_owned();
        let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
        for (number, object) in (1..).zip(&objects) {
            table.push_str(&format!("{:010} 00000 n \n", file.len()));
            file.push_str(&format!("{number} 0 obj\n{object}\nendobj\n"));
        }
        let at = file.len();
        let size = objects.len() + 1;
        file.push_str(&table);
        file.push_str(&format!(
            "trailer\n<</Size {size}/Root 1 0 R>>\nstartxref\n{at}\n%%EOF\n"
        ));
        file.into_bytes()
    }
}

/// A stream that is not packed.
pub(crate) fn stream(entries: &str, content: &str) -> String {
    let length = content.len();
    format!("<<{entries}/Length {length}>>\nstream\n{content}\nendstream")
}

/// A form of `width` by `height` points.
pub(crate) fn form(width: u32, height: u32, entries: &str, content: &str) -> String {
    let entries = format!("/Type/XObject/Subtype/Form/BBox[0 0 {width} {height}]{entries}");
    stream(&entries, content)
}
