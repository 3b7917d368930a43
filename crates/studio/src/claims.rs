//! Orders from comments: the desk's queue of questions, and the seller's rules for shows.

use crate::errors::{Outcome, bad_input, not_found};
use crate::show_now_us;
use crate::studio::Studio;
use crate::view::ClaimView;
use hawker_domain::{
    ClaimId, Currency, Money, MoneyError, Product, ShowId, Sku,
    claim::{Answer, ClaimAnswer, ClaimLine, Shipping},
    comment::KeywordRules,
};
use hawker_store::{ClaimsOf, Store, StoreError};
use hawker_wire::{
    ErrorCode, Failure,
    claim::{ClaimRules, FEE_MAX_MINOR, GoodsNames, KEYWORDS_MAX_CHARS, PutClaimRules},
    live::OrderedLine,
};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The setting that holds them.
pub(crate) const RULES: &str = "claims";
/// The newest claims that are listed.
const LISTED: u32 = 200;
/// Fewer characters of an id's end are too few to mean one claim.
const SHORT_ID: usize = 4;
/// Products with names of their own that the platform takes, and what it takes of one's names.
const NAMED: u32 = 500;
const ALIASES: usize = 20;
const NAME_CHARS: usize = 200;
const LINKS_AWAY: &str = "pay links come from the platform, which is out of reach";

/// How comments buy in the seller's shows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClaimSettings {
    /// Comments buy at all. Goods are held for them, so nobody gets that unasked.
    pub taken: bool,
    /// Without the names of products, which are those of the catalogue.
    #[serde(default)]
    pub rules: ClaimRules,
}

/// What of the rules is to be another; what is left out stays.
#[derive(Clone, Debug, Default, Deserialize, TS)]
pub struct ClaimRulesChange {
    pub taken: Option<bool>,
    pub keywords: Option<String>,
    pub hold_min: Option<u32>,
    pub first_paid: Option<bool>,
    pub waiting_list: Option<bool>,
    /// 0: no limit.
    pub per_buyer: Option<u32>,
    /// An amount in the seller's currency; 0: sending costs nothing.
    pub shipping: Option<String>,
    /// An amount; 0: never free.
    pub free_from: Option<String>,
}

impl Studio {
    /// The newest claims, the oldest of them first; `questions`: what waits for the desk alone.
    pub async fn claims(&self, questions: bool) -> Outcome<Vec<ClaimView>> {
        self.claims_of(None, questions).await
    }

    /// As [`Studio::claims`], of one show alone where it is named.
    pub async fn claims_of(&self, show: Option<ShowId>, questions: bool) -> Outcome<Vec<ClaimView>> {
        let kept = self.store().claims(ClaimsOf { show, questions }, LISTED).await?;
        Ok(kept.into_iter().map(ClaimView::of).collect())
    }

    /// The claim whose id is `text`, or ends in it as lists show it. Errors: `not_found`, `conflict` where several do.
    pub async fn find_claim(&self, text: &str) -> Outcome<ClaimId> {
        if let Ok(id) = text.trim().parse() {
            return Ok(id);
        }
        let wanted = text.trim().to_ascii_lowercase();
        if wanted.len() < SHORT_ID {
            let why = format!("\"{text}\" is too short; give the claim's last six characters or its whole id");
            return Err(bad_input(why));
        }
        let kept = self.store().claims(ClaimsOf::default(), u32::MAX).await?;
        let mut found = kept.iter().map(|kept| kept.claim.claim_id).filter(|id| id.to_string().ends_with(&wanted));
        match (found.next(), found.next()) {
            (Some(id), None) => Ok(id),
            (Some(_), Some(_)) => {
                let failure = Failure::new(ErrorCode::Conflict, format!("several claims end in \"{text}\""));
                Err(failure.hint("give the whole id"))
            }
            (None, _) => Err(not_found("claim", text)),
        }
    }

    /// A question is answered: the viewer means this. It reaches the platform when there is a network. Errors: `not_found`,
    /// `conflict` where it is no question any more, `bad_input`.
    pub async fn answer_claim(&self, claim_id: ClaimId, sku: &Sku, qty: u32) -> Outcome<()> {
        self.take_claim(claim_id, vec![OrderedLine { sku: sku.clone(), qty }]).await
    }

    /// As [`Studio::answer_claim`], where several products are meant.
    pub async fn take_claim(&self, claim_id: ClaimId, lines: Vec<OrderedLine>) -> Outcome<()> {
        for OrderedLine { sku, .. } in &lines {
            let found = self.store().product(sku).await?;
            found.ok_or_else(|| not_found("product", sku.as_str()))?;
        }
        let lines = lines.into_iter().map(|line| ClaimLine { sku: line.sku, qty: line.qty }).collect();
        self.say_of(claim_id, Answer::Take { lines }).await
    }

    /// A claim comes to nothing; its goods go back. Errors: as [`Studio::answer_claim`].
    pub async fn drop_claim(&self, claim_id: ClaimId) -> Outcome<()> {
        self.say_of(claim_id, Answer::Drop).await
    }

    /// The link by which a claim is paid, to be passed on to who wrote it: whoever has it may pay. Errors: `unreachable`, `not_found`,
    /// `conflict` where nothing can be paid.
    pub async fn claim_pay_url(&self, claim_id: ClaimId) -> Outcome<String> {
        Ok(self.platform_client(LINKS_AWAY).await?.claim_pay_url(claim_id).await?.pay_url)
    }

    async fn say_of(&self, claim_id: ClaimId, answer: Answer) -> Outcome<()> {
        Ok(self.store().answer_claim(&ClaimAnswer { claim_id, answer, at_us: show_now_us() }).await?)
    }

    /// How comments buy in the seller's shows.
    pub async fn claim_settings(&self) -> Outcome<ClaimSettings> {
        Ok(self.store().setting(RULES).await?.unwrap_or_default())
    }

    /// Changes that, also for the show that is on air where the platform can be reached; else it hears it when it is back.
    /// Errors: `bad_input` naming the value.
    pub async fn change_claim_settings(&self, change: ClaimRulesChange) -> Outcome<ClaimSettings> {
        let _turn = self.inner.settings_turn.lock().await;
        let currency = self.settings().await?.currency;
        let currency: Currency = currency.parse().map_err(|error: MoneyError| bad_input(error.to_string()))?;
        let settings = changed(self.claim_settings().await?, change, currency)?;
        self.store().put_setting(RULES, &settings).await?;
        let client = self.ask_client().await?.and_then(|client| client.borrow().clone());
        if let (Some((show_id, _)), Some(client)) = (self.moment().await, client) {
            client.put_claim_rules(show_id, &claim_rules(self.store()).await?).await?;
        }
        Ok(settings)
    }
}

/// What a show's platform is told: the rules, and what the catalogue calls the products of the running order, or of the whole catalogue
/// where none was chosen.
pub(crate) async fn claim_rules(store: &Store) -> Result<PutClaimRules, StoreError> {
    let ClaimSettings { taken, mut rules } = store.setting(RULES).await?.unwrap_or_default();
    if !taken {
        return Ok(PutClaimRules { rules: None });
    }
    let order: Vec<Sku> = store.setting(crate::settings::RUNNING_ORDER).await?.unwrap_or_default();
    let products = if order.is_empty() { store.products_with_names(NAMED).await? } else { of(store, order).await? };
    rules.names.clear();
    for product in products {
        let aliases: Vec<String> = product.aliases.iter().filter_map(|alias| name(alias)).take(ALIASES).collect();
        // An option the platform would not take is none: the product is known by its title all the same.
        let variant = product.variant.filter(|variant| name(&variant.of).is_some() && name(&variant.option).is_some());
        if !aliases.is_empty() || variant.is_some() {
            rules.names.push(GoodsNames { sku: product.sku, aliases, variant });
        }
    }
    Ok(PutClaimRules { rules: Some(rules) })
}

/// Those of these products that are there.
async fn of(store: &Store, skus: Vec<Sku>) -> Result<Vec<Product>, StoreError> {
    let mut products = Vec::with_capacity(skus.len());
    for sku in skus {
        products.extend(store.product(&sku).await?);
    }
    Ok(products)
}

/// A name as the platform takes it; none where it is empty or no single line.
fn name(text: &str) -> Option<String> {
    let text = text.trim();
    let fits = !text.is_empty() && text.chars().count() <= NAME_CHARS && !text.chars().any(char::is_control);
    fits.then(|| text.to_owned())
}

fn changed(mut settings: ClaimSettings, change: ClaimRulesChange, currency: Currency) -> Outcome<ClaimSettings> {
    let ClaimRulesChange { taken, keywords, hold_min, first_paid, waiting_list, per_buyer, shipping, free_from } =
        change;
    settings.taken = taken.unwrap_or(settings.taken);
    let rules = &mut settings.rules;
    let mut policy = rules.policy;
    if let Some(keywords) = keywords {
        if keywords.chars().count() > KEYWORDS_MAX_CHARS {
            return Err(bad_input(format!("the rules for comments have at most {KEYWORDS_MAX_CHARS} characters")));
        }
        keywords.parse::<KeywordRules>().map_err(|why| bad_input(why.to_string()))?;
        rules.keywords = keywords;
    }
    policy.hold_min = hold_min.unwrap_or(policy.hold_min);
    policy.first_paid = first_paid.unwrap_or(policy.first_paid);
    policy.waiting_list = waiting_list.unwrap_or(policy.waiting_list);
    if let Some(limit) = per_buyer {
        policy.per_buyer = (limit > 0).then_some(limit);
    }
    policy.check().map_err(|why| bad_input(why.to_string()))?;
    rules.policy = policy;
    if let Some(fee) = shipping {
        let fee = amount(&fee, currency)?;
        // An amount of the currency before would make the whole of the rules none that a platform takes.
        let free_from = rules.shipping.and_then(|shipping| shipping.free_from).filter(|from| from.currency == currency);
        rules.shipping = (fee.minor > 0).then_some(Shipping { fee, free_from });
    }
    if let Some(from) = free_from {
        let from = amount(&from, currency)?;
        let shipping = rules.shipping.as_mut().ok_or_else(|| {
            bad_input("shipping costs nothing, so it can't be free from an amount on").hint("set what it costs as well")
        })?;
        if shipping.fee.currency != currency {
            let why = format!("shipping costs {}, and {from} is in another currency", shipping.fee);
            return Err(bad_input(why).hint("set what it costs as well"));
        }
        shipping.free_from = (from.minor > 0).then_some(from);
    }
    Ok(settings)
}

fn amount(text: &str, currency: Currency) -> Outcome<Money> {
    let amount = Money::parse(text, currency).map_err(|error| bad_input(error.to_string()))?;
    match amount.minor {
        ..0 => Err(bad_input(format!("{text:?} is below zero"))),
        0..=FEE_MAX_MINOR => Ok(amount),
        _ => Err(bad_input(format!(
            "{amount} is more than a platform takes; {} is the most",
            Money::new(FEE_MAX_MINOR, currency)
        ))),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test]
    async fn without_a_running_order_comments_call_the_whole_catalogue_by_its_names() {
        let dir = tempfile::tempdir().unwrap();
        let passphrase = Some(zeroize::Zeroizing::new("open sesame".to_owned()));
        let store = Store::open(dir.path(), hawker_store::KeyPolicy { passphrase, use_keychain: false }).await.unwrap();
        let product = |sku: &str, aliases: &[&str]| Product {
            id: hawker_domain::ProductId(uuid::Uuid::now_v7()),
            sku: Sku::new(sku).unwrap(),
            title: sku.to_owned(),
            brand: String::new(),
            category: String::new(),
            description: String::new(),
            price: Money::new(1_580, Currency::CNY),
            cost: None,
            barcode: String::new(),
            aliases: aliases.iter().map(|alias| (*alias).to_owned()).collect(),
            variant: None,
        };
        for one in [product("MILK", &["牛奶"]), product("PEN", &[]), product("TEA", &["茶", " "])] {
            store.put_product(&one).await.unwrap();
        }
        let told = async |store: &Store| {
            let rules = claim_rules(store).await.unwrap().rules.map(|rules| rules.names);
            rules.map(|names| names.into_iter().map(|one| (one.sku.to_string(), one.aliases)).collect::<Vec<_>>())
        };
        assert_eq!(told(&store).await, None, "comments buy nothing unasked");
        store.put_setting(RULES, &ClaimSettings { taken: true, ..ClaimSettings::default() }).await.unwrap();
        let names = |sku: &str, alias: &str| (sku.to_owned(), vec![alias.to_owned()]);
        assert_eq!(told(&store).await, Some(vec![names("MILK", "牛奶"), names("TEA", "茶")]));
        let order = [Sku::new("GONE").unwrap(), Sku::new("TEA").unwrap()];
        store.put_setting(crate::settings::RUNNING_ORDER, &order).await.unwrap();
        assert_eq!(told(&store).await, Some(vec![names("TEA", "茶")]));
    }

    #[test]
    fn rules_are_changed_where_something_was_said_and_kept_elsewhere() {
        let yuan = |minor| Money::new(minor, Currency::CNY);
        let change = ClaimRulesChange {
            taken: Some(true),
            hold_min: Some(5),
            per_buyer: Some(2),
            shipping: Some("8".into()),
            free_from: Some("99".into()),
            ..ClaimRulesChange::default()
        };
        let first = changed(ClaimSettings::default(), change, Currency::CNY).unwrap();
        assert!(first.taken && first.rules.policy.waiting_list);
        assert_eq!((first.rules.policy.hold_min, first.rules.policy.per_buyer), (5, Some(2)));
        let shipping = Shipping { fee: yuan(800), free_from: Some(yuan(9_900)) };
        assert_eq!(first.rules.shipping, Some(shipping));
        let change = ClaimRulesChange {
            keywords: Some("bare=off".into()),
            per_buyer: Some(0),
            shipping: Some("10".into()),
            ..ClaimRulesChange::default()
        };
        let second = changed(first, change, Currency::CNY).unwrap();
        assert_eq!((second.rules.keywords.as_str(), second.rules.policy.per_buyer), ("bare=off", None));
        assert_eq!(second.rules.shipping, Some(Shipping { fee: yuan(1_000), ..shipping }));
        for bad in [
            ClaimRulesChange { keywords: Some("bare=maybe".into()), ..ClaimRulesChange::default() },
            ClaimRulesChange { hold_min: Some(0), ..ClaimRulesChange::default() },
            ClaimRulesChange { shipping: Some("-1".into()), ..ClaimRulesChange::default() },
            ClaimRulesChange { shipping: Some("10000000000.01".into()), ..ClaimRulesChange::default() },
            ClaimRulesChange { keywords: Some(" ".repeat(501)), ..ClaimRulesChange::default() },
        ] {
            assert_eq!(
                changed(second.clone(), bad.clone(), Currency::CNY).unwrap_err().code,
                ErrorCode::BadInput,
                "{bad:?}"
            );
        }
        let free = ClaimRulesChange { free_from: Some("5".into()), ..ClaimRulesChange::default() };
        assert!(changed(ClaimSettings::default(), free, Currency::CNY).is_err(), "free of what");
    }

    #[test]
    fn shipping_is_in_one_currency_after_the_shop_has_another_one() {
        let change = |shipping: Option<&str>, free_from: Option<&str>| ClaimRulesChange {
            shipping: shipping.map(str::to_owned),
            free_from: free_from.map(str::to_owned),
            ..ClaimRulesChange::default()
        };
        let before = changed(ClaimSettings::default(), change(Some("8"), Some("99")), Currency::CNY).unwrap();
        let fee = Money::new(300, Currency::USD);
        let only_fee = changed(before.clone(), change(Some("3"), None), Currency::USD).unwrap();
        assert_eq!(only_fee.rules.shipping, Some(Shipping { fee, free_from: None }));
        let refused = changed(before.clone(), change(None, Some("30")), Currency::USD).unwrap_err();
        assert!(refused.code == ErrorCode::BadInput && refused.message.contains("8.00"), "{refused}");
        let both = changed(before, change(Some("3"), Some("30")), Currency::USD).unwrap();
        let free_from = Some(Money::new(3_000, Currency::USD));
        assert_eq!(both.rules.shipping, Some(Shipping { fee, free_from }));
    }
}
