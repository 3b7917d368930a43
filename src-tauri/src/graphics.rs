//! WebKitGTK without a GPU: its DMA-BUF renderer then costs three to five times the CPU of the plain one.

use std::process::ExitCode;

/// Starts this program again with the plain renderer when the machine has no GPU. None: go on as we are.
#[cfg(target_os = "linux")]
pub fn restart_without_dmabuf() -> Option<ExitCode> {
    use std::os::unix::process::CommandExt;
    const SWITCH: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";
    if std::env::var_os(SWITCH).is_some() || has_render_node() {
        return None;
    }
    // The variable has to stand before GTK's threads start; replacing the process is the safe way to put it there.
    let program = std::env::current_exe().ok()?;
    let error = std::process::Command::new(program).args(std::env::args_os().skip(1)).env(SWITCH, "1").exec();
    eprintln!("error: can't restart with the plain renderer: {error}");
    None
}

#[cfg(not(target_os = "linux"))]
pub fn restart_without_dmabuf() -> Option<ExitCode> {
    None
}

#[cfg(target_os = "linux")]
fn has_render_node() -> bool {
    let nodes = std::fs::read_dir("/dev/dri").into_iter().flatten().flatten();
    nodes.into_iter().any(|node| node.file_name().to_string_lossy().starts_with("renderD"))
}
