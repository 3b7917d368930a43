//! Orders in comments: measured on labelled comments, rule by rule in tables, and on any text at all.

mod any_text;
mod chat;
mod families;
mod labelled;
mod rules_bare;
mod rules_worded;
mod support;
