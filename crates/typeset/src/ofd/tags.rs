//! Which objects are which element, as a file of tags of the kind `od`.

use super::{HEAD, SPACE};
use crate::elements::{Element, Part};

/// The name space of the elements of official documents.
const OFFICIAL: &str = "http://www.nits.org.cn/eGovDoc/2013";

/// The objects of each element, in their order.
#[derive(Debug, Default)]
pub(super) struct Pointers(Vec<(Element, u32, u32)>);

impl Pointers {
    /// An object on a page belongs to an element.
    pub(super) fn add(&mut self, element: Element, page: u32, object: u32) {
        self.0.push((element, page, object));
    }

    fn of(&self, element: Element) -> String {
        let mut text = String::new();
        for (found, page, object) in &self.0 {
            if *found == element {
                text.push_str(&format!(
                    "<ofd:ObjectRef PageRef=\"{page}\">{object}</ofd:ObjectRef>"
                ));
            }
        }
        text
    }
}

/// The list of tag files.
pub(super) fn list() -> String {
    format!(
        "{HEAD}<ofd:CustomTags {SPACE}><ofd:CustomTag TypeID=\"od\">\
         <ofd:FileLoc>Tag_OfficeDoc.xml</ofd:FileLoc></ofd:CustomTag></ofd:CustomTags>\n"
    )
}

/// The tag file.
pub(super) fn file(pointers: &Pointers) -> String {
    let mut text =
        format!("{HEAD}<od:电子公文 xmlns:od=\"{OFFICIAL}\" {SPACE} 版本号=\"1.0\"><od:公文体>");
    for part in Part::ALL {
        let mut inner = String::new();
        let elements = Element::ALL.into_iter();
        for element in elements.filter(|element| element.part() == part) {
            let objects = pointers.of(element);
            if !objects.is_empty() {
                let name = element.name();
                inner.push_str(&format!("<od:{name}>{objects}</od:{name}>"));
            }
        }
        if !inner.is_empty() {
            let name = part.name();
            text.push_str(&format!("<od:{name}>{inner}</od:{name}>"));
        }
    }
    text.push_str("</od:公文体></od:电子公文>\n");
    text
}
