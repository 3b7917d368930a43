//! What a comment is made of.

/// How a number behind a claim word is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// 要, want: as if the number stood alone.
    AsBare,
    /// mine, sold: the product of that number.
    Named,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    One,
    /// 块: of goods sold by it a piece, else money.
    Lump,
    Pair,
    Dozen,
}

/// How a number was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Digits,
    /// 一, 二, 十二: as the digits.
    Han,
    /// two, 两: never a product.
    Count,
}

/// Words that say more about a comment than they order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cue {
    All,
    Axis,
    Neg,
    Cancel,
    Back,
    Oops,
    Change,
    Or,
    If,
    /// 就要: a claim word, and a condition where something stands before it.
    Then,
    Half,
    But,
    May,
    Query,
    Ask,
    Stock,
    Haggle,
    Report,
    Vote,
    Show,
    Consider,
    Contact,
    /// Another shop, whose prices are spoken of.
    Elsewhere,
    Return,
    Other,
    Few,
    /// 几个: some behind a claim word, else how many.
    Several,
    AnyOne,
    Total,
    Ordinal,
    Whom,
    Recipient,
    Purpose,
    /// Why somebody buys: nothing that follows orders more.
    Reason,
    /// "the": a name behind it is no unit of the number before it.
    The,
    /// "of": what is counted comes next.
    Of,
    /// "a": one of what is named behind it.
    Article,
    /// The product that was shown before, which no rule can name.
    Former,
    Tail,
    /// 是, to: part of an order only where a former one is put right.
    Is,
    /// An option value that no product of the shelf has.
    Lacking,
    /// 还有: "and", or in an enquiry "is there still".
    Also,
    /// Ignored, unless a date follows: 今天4号.
    Day,
    /// Ignored, unless it is said of a bare number or option.
    Praise,
    Kin,
    /// A mention of somebody who is not of the crew.
    Mention,
    /// A height with a weight.
    Body,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Num(u32, Form),
    Claim(Class),
    /// A claim word that the show's rules ask for.
    Key(Class),
    Kou,
    Unit(Unit),
    /// A quantity with its measure word in one: pieces, and of goods sold in pairs.
    Measured(u32, u32),
    Mark,
    Hash,
    /// An option value: place in the lexicon's list.
    Opt(usize),
    /// A product's name: place in the lexicon's list.
    Name(usize),
    /// The last word of names, a name itself only behind a quantity: place in the list of names.
    Head(usize),
    Plus,
    Times,
    And,
    More,
    Each,
    Cue(Cue),
    Hand,
    Same,
    Comma,
    Slash,
    Stop,
    Asked,
    Quote,
    Filler,
    /// Money, with the figure said.
    Price(u32),
    Unknown,
}

/// A word, number or sign with where it stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    pub kind: Kind,
    /// A blank, emoji or the like stood before it.
    pub gap: bool,
    /// Emoji or "~" stood before it, which part even Latin words.
    pub far: bool,
    /// Written in Latin letters or digits.
    pub latin: bool,
    /// How many digits it has, of a number.
    pub digits: u32,
}

impl Token {
    pub fn is(&self, kind: Kind) -> bool {
        self.kind == kind
    }

    pub fn is_cue(&self, cue: Cue) -> bool {
        self.kind == Kind::Cue(cue)
    }

    pub fn is_claim(&self) -> bool {
        matches!(self.kind, Kind::Claim(_) | Kind::Key(_))
    }

    pub fn is_break(&self) -> bool {
        matches!(self.kind, Kind::Comma | Kind::Slash | Kind::Stop | Kind::Asked)
    }

    /// Part of what an order is made of.
    pub fn orders(&self) -> bool {
        matches!(
            self.kind,
            Kind::Num(..)
                | Kind::Claim(_)
                | Kind::Key(_)
                | Kind::Kou
                | Kind::Unit(_)
                | Kind::Measured(..)
                | Kind::Mark
                | Kind::Hash
                | Kind::Opt(_)
                | Kind::Name(_)
                | Kind::Plus
                | Kind::Times
                | Kind::More
                | Kind::Each
                | Kind::Hand
                | Kind::Same
                | Kind::Cue(
                    Cue::All | Cue::Few | Cue::AnyOne | Cue::Ordinal | Cue::Axis | Cue::Neg | Cue::Or | Cue::Lacking
                )
        )
    }
}
