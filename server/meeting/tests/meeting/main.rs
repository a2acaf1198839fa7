//! The meeting from outside: commands in, answers and views out.

mod agenda;
mod attendance;
mod burst;
mod desk;
mod events;
mod life;
mod lists;
mod properties;
mod room;
mod roster;
mod sitting;
mod views;
mod votes;
