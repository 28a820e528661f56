//! The real binary, seen from outside: a browser that plays the first page, a client that writes
//! down what it was promised while the server is killed, the commands of the README, and every
//! command of the command line with good and bad input.
//!
//! This library is what those tests share: where the binary is, a server that ends with its test,
//! a client of the API, a browser, random numbers that can be drawn again.
//!
//! **Invariants**
//! - A test ends every process it started, by its id, however the test ends.
//! - Data lie in folders that go with the test; ports are free ones.
//! - What is random names its seed; `ENISHI_SEED` draws the same again.
//!
//! **Absent**: any look inside the binary. What is judged is what a user could see: exit codes,
//! pages, replies, and the files of the data folder.

pub mod api;
pub mod binary;
pub mod browser;
pub mod photo;
pub mod random;
pub mod served;
