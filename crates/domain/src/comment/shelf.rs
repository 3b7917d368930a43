//! The products a comment can mean.

/// One value of an option, with other words for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AxisValue {
    pub value: String,
    pub aliases: Vec<String>,
}

/// What a buyer has to choose: colour, size, scent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Axis {
    pub values: Vec<AxisValue>,
}

/// One product of the show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShelfItem {
    /// The number the host calls it by.
    pub number: u32,
    /// Titles and other names.
    pub names: Vec<String>,
    pub options: Vec<Axis>,
    /// Sold in pairs: "a pair" is one.
    pub in_pairs: bool,
    /// Sold by the 块, which after a number is money everywhere else.
    pub in_lumps: bool,
    /// In minor units, of which there are a hundred in the unit people speak of.
    pub price_minor: i64,
}

/// A name that several products answer to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    pub name: String,
    pub numbers: Vec<u32>,
}

/// What is sold in a show, and who speaks in it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Shelf {
    pub items: Vec<ShelfItem>,
    pub groups: Vec<Group>,
    /// Names of the host and the crew: speaking to them is speaking to nobody else.
    pub staff: Vec<String>,
}

impl Shelf {
    /// The product of that number.
    pub fn item(&self, number: u32) -> Option<&ShelfItem> {
        self.items.iter().find(|item| item.number == number)
    }
}
