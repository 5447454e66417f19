//! `yichuan picture`: a page of an OFD or PDF file as a picture.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;
use yichuan_picture::{Bounds, NotPainted, Opened, WIDTH_MAX};

use super::Globals;
use super::inspecting::{plain, read};
use super::typesetting::{is_free, write};
use crate::fonts;
use crate::lang::say;
use crate::office::Failed;

/// The width of a picture where none is asked for, in pixels.
const WIDTH: u32 = 1_200;

/// `yichuan picture`.
#[derive(Debug, Args)]
pub(super) struct Picture {
    /// OFD 或 PDF 文件 · the file
    file: PathBuf,
    /// 页码，从 1 起 · the page, from 1
    #[arg(long, value_name = "N", default_value_t = 1,
        value_parser = clap::value_parser!(u32).range(1..))]
    page: u32,
    /// 图片宽度（像素） · the picture's width in pixels
    #[arg(long, value_name = "PX", default_value_t = WIDTH,
        value_parser = clap::value_parser!(u32).range(16..=i64::from(WIDTH_MAX)))]
    width: u32,
    /// 写入的 PNG 文件，不得已存在 · the PNG file to write; it must not exist
    #[arg(long, value_name = "PNG")]
    out: PathBuf,
}

impl Picture {
    pub(super) fn run(self, globals: &Globals) -> Result<ExitCode, Failed> {
        is_free(&self.out, false)?;
        let bounds = Bounds::default();
        let bytes = read(&self.file, bounds.reading.file_bytes)?;
        let index = usize::try_from(self.page - 1).unwrap_or(usize::MAX);
        let failed = |why: NotPainted| {
            let path = plain(&self.file.display().to_string());
            Failed::Usage(format!("{path}: {}", plain(&why.to_string())))
        };
        let mut opened = Opened::open(&bytes, &bounds).map_err(failed)?;
        let faces = fonts::installed(None);
        let picture = opened.page(index, self.width, &faces).map_err(failed)?;
        write(&self.out, &picture.png(), false)?;
        let notes: Vec<String> = picture
            .notes
            .iter()
            .map(|note| plain(&note.to_string()))
            .collect();
        let value = json!({
            "page": self.page,
            "pages": opened.pages(),
            "width": picture.width,
            "height": picture.height,
            "notes": notes,
        });
        let mut shown = format!(
            "{} {}/{}: {} × {}\n",
            say("第几页", "page"),
            self.page,
            opened.pages(),
            picture.width,
            picture.height
        );
        for note in notes {
            shown.push_str(&note);
            shown.push('\n');
        }
        globals.print(&value, shown.trim_end());
        Ok(ExitCode::SUCCESS)
    }
}
