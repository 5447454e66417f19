//! Office files, packages of files, and text. The first byte chooses the name, and whether what
//! follows is the file or the parts of a package.
#![no_main]

const NAMES: [&str; 8] = [
    "x.docx",
    "x.xlsx",
    "x.pptx",
    "x.zip",
    "x.doc",
    "x.wps",
    "x.txt",
    "机密.xml",
];

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let Some((choice, bytes)) = input.split_first() else {
        return;
    };
    let name = NAMES[usize::from(choice % 8)];
    if choice & 8 == 0 {
        yichuan_fuzz::look(name, bytes);
    } else {
        yichuan_fuzz::look(name, &yichuan_fuzz::package(bytes));
    }
});
