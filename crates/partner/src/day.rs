//! The file of a day: every message that one side sent on it, a line each, with the witness before
//! and behind them. See docs/partner-protocol.md §8.

use crate::chain::{Chain, Hash};
use crate::message::{COLUMNS, Flat};

/// What a file of a day says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    /// How far messages went before the first.
    pub before: Chain,
    /// The lines.
    pub lines: Vec<String>,
    /// How far they go with the last.
    pub through: Chain,
}

/// Why a file of a day is not believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the file of the day: {0}")]
pub struct Unfit(pub String);

impl Day {
    /// The messages of a day behind what was sent before.
    pub fn of<'a>(before: Chain, messages: impl IntoIterator<Item = &'a Flat>) -> Self {
        let (mut through, mut lines) = (before, Vec::new());
        for message in messages {
            through.push(message);
            lines.push(message.line());
        }
        Self { before, lines, through }
    }

    /// The file: the columns, a line for each message, and last how many there are, with the
    /// numbers and witnesses around them.
    pub fn write(&self) -> String {
        let mut file = format!("{COLUMNS}\n");
        for line in &self.lines {
            file.push_str(line);
            file.push('\n');
        }
        let (before, through) = (&self.before, &self.through);
        let count = self.lines.len();
        file.push_str(&format!(
            "total,{count},{},{},{},{}\n",
            before.number, before.witness, through.number, through.witness
        ));
        file
    }

    /// Reads a file and holds its lines against its witnesses.
    ///
    /// # Errors
    /// [`Unfit`].
    pub fn read(file: &str) -> Result<Self, Unfit> {
        let unfit = |what: &str| Unfit(what.to_owned());
        let mut rows = file.lines();
        if rows.next() != Some(COLUMNS) {
            return Err(unfit("its first line does not name the columns"));
        }
        let mut lines: Vec<String> = rows.map(str::to_owned).collect();
        let total = lines.pop().ok_or_else(|| unfit("its last line is missing"))?;
        let parts: Vec<_> = total.split(',').collect();
        let ["total", count, from, first, to, last] = parts[..] else {
            return Err(unfit("its last line is not `total` with five values"));
        };
        let number = |text: &str| text.parse::<u64>().map_err(|_| unfit("a number is none"));
        let hash = |text: &str| text.parse::<Hash>().map_err(unfit);
        let before = Chain { number: number(from)?, witness: hash(first)? };
        let through = Chain { number: number(to)?, witness: hash(last)? };
        if number(count)? != lines.len() as u64 {
            return Err(unfit("its last line counts another number of lines"));
        }
        let mut chain = before;
        for line in &lines {
            let read = line.split(',').next().and_then(|number| number.parse().ok());
            chain.go_on(read.ok_or_else(|| unfit("a line has no number"))?, line);
        }
        if chain != through {
            return Err(unfit("the lines do not come to the witness of its last line"));
        }
        Ok(Self { before, lines, through })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_proves_its_lines() {
        let message = |number| Flat {
            number,
            kind: "released".to_owned(),
            payment: Some("pay_x".to_owned()),
            ..Flat::default()
        };
        let before = Day::of(Chain::default(), &[message(1)]).through;
        let day = Day::of(before, &[message(2), message(3)]);
        let file = day.write();
        assert_eq!(Day::read(&file), Ok(day));
        assert_eq!(file.lines().nth(1), Some("2,released,pay_x,,,,,,,,,,,,,,"));
        for (part, instead) in [("3,rel", "4,rel"), ("pay_x", "pay_y"), ("total,2", "total,3")] {
            assert!(Day::read(&file.replacen(part, instead, 1)).is_err(), "{instead}");
        }
        assert!(Day::read("").is_err());
    }
}
