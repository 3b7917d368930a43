//! What the tables share: the programs on fresh data, cameras, servers that can be hurt, and eyes on what comes out.

pub mod burner;
pub mod camera;
pub mod eye;
pub mod ffmpeg;
pub mod http;
pub mod metrics;
pub mod nginx;
pub mod platform;
pub mod process;
pub mod stage;
pub mod throttle;
pub mod timeline;
