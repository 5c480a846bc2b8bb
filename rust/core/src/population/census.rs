//! Where everyone is: the balance of those who were there or came, and those who are there or have gone.

use serde::{Deserialize, Serialize};

/// Where everyone is: start + born + arrived = present + dead + left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Census {
    /// There at the start [persons].
    pub start: u64,
    /// Born since [persons].
    pub born: u64,
    /// Arrived since [persons].
    pub arrived: u64,
    /// Present, counted row by row [persons].
    pub present: u64,
    /// Died since [persons].
    pub dead: u64,
    /// Left since [persons].
    pub left: u64,
}

impl Census {
    /// Whether nobody is lost or doubled.
    pub fn balances(&self) -> bool {
        self.start + self.born + self.arrived == self.present + self.dead + self.left
    }
}
