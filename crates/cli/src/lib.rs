//! Every subcommand, on the studio.
