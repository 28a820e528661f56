//! How many finder patterns a picture holds, known before codes are put together from them.
//!
//! `rqrr` tries each finder with each pair of others, on a copy of the picture each time: a
//! picture tiled with finders would keep it busy for hours. So they are counted first, by the
//! test by which `rqrr` takes them, in time linear in the pixels.

use std::collections::BTreeSet;

/// Regions of connected dark pixels: for each pixel its region, 0 where light.
struct Regions {
    labels: Vec<usize>,
    sizes: Vec<usize>,
}

/// Counts the rings with a stone inside that some row crosses as 1:1:3:1:1.
pub(crate) fn count(dark: &[bool], width: usize) -> usize {
    let regions = Regions::of(dark, width);
    let mut found = BTreeSet::new();
    for row in regions.labels.chunks_exact(width) {
        let runs: Vec<(usize, usize)> =
            row.chunk_by(|a, b| (*a == 0) == (*b == 0)).map(|run| (run[0], run.len())).collect();
        for crossed in runs.windows(5) {
            let (left, stone, right) = (crossed[0].0, crossed[2].0, crossed[4].0);
            let is_ringed = right != 0 && left == right && stone != right;
            if is_ringed && is_finder(crossed) && regions.is_stone(stone, right) {
                found.insert((right, stone));
            }
        }
    }
    found.len()
}

/// Whether five runs measure 1:1:3:1:1, within three quarters of a module each.
fn is_finder(runs: &[(usize, usize)]) -> bool {
    let module = (runs[0].1 + runs[1].1 + runs[3].1 + runs[4].1) / 4;
    let slack = module * 3 / 4;
    let fits = |(&(_, length), modules): (&(usize, usize), usize)| {
        (modules * module - slack..=modules * module + slack).contains(&length)
    };
    runs.iter().zip([1, 1, 3, 1, 1]).all(fits)
}

impl Regions {
    fn of(dark: &[bool], width: usize) -> Self {
        // Labels grow from left to right and top to bottom; where two meet, the larger points to
        // the smaller.
        let mut labels = vec![0; dark.len()];
        let mut parents = vec![0];
        for at in (0..dark.len()).filter(|&at| dark[at]) {
            let left = if at % width == 0 { 0 } else { labels[at - 1] };
            let above = if at < width { 0 } else { labels[at - width] };
            labels[at] = match (left, above) {
                (0, 0) => {
                    parents.push(parents.len());
                    parents.len() - 1
                }
                (label, 0) | (0, label) => label,
                (left, above) => {
                    let (left, above) = (root(&mut parents, left), root(&mut parents, above));
                    let (small, large) = (left.min(above), left.max(above));
                    parents[large] = small;
                    small
                }
            };
        }
        let mut sizes = vec![0; parents.len()];
        for label in &mut labels {
            *label = root(&mut parents, *label);
            sizes[*label] += 1;
        }
        Regions { labels, sizes }
    }

    /// A stone covers nine modules, its ring twenty-four.
    fn is_stone(&self, stone: usize, ring: usize) -> bool {
        let percent = self.sizes[stone] * 100 / self.sizes[ring];
        10 < percent && percent < 70
    }
}

/// The smallest label of a region, found ever faster.
fn root(parents: &mut [usize], label: usize) -> usize {
    let mut at = label;
    while parents[at] != at {
        parents[at] = parents[parents[at]];
        at = parents[at];
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finders_are_counted_one_by_one() {
        let finder = ["#######", "#     #", "# ### #", "# ### #", "# ### #", "#     #", "#######"];
        let open = ["#######", "#      ", "# ### #", "# ### #", "# ### #", "#     #", "#######"];
        let solid = ["#######"; 7];
        let joined = ["#######", "#     #", "# #####", "# ### #", "# ### #", "#     #", "#######"];
        assert_eq!(counted(&[finder]), 1);
        assert_eq!(counted(&[finder, finder, solid, finder]), 3);
        assert_eq!(counted(&[open]), 1, "connected still, the other way round");
        assert_eq!(counted(&[solid]), 0);
        assert_eq!(counted(&[joined]), 0);
    }

    /// Shapes side by side, a light column after each.
    fn counted(shapes: &[[&str; 7]]) -> usize {
        let row = |y: usize| shapes.iter().map(move |shape| format!("{} ", shape[y]));
        let text: String = (0..7).flat_map(row).collect();
        let dark: Vec<bool> = text.chars().map(|module| module == '#').collect();
        count(&dark, shapes.len() * 8)
    }
}
