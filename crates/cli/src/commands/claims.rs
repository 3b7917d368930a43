//! `hawker show claims …`

use super::json_line;
use crate::args::{ClaimCommand, ClaimRulesArgs, Claims, OnOff};
use crate::execute::{CommandError, Session};
use hawker_domain::claim::ClaimState;
use hawker_studio::{ClaimRulesChange, ClaimSettings, view::ClaimView};
use hawker_wire::live::OrderedLine;

pub async fn run(command: &Claims, session: &Session<'_>) -> Result<(), CommandError> {
    match &command.command {
        None => list(command.questions, session).await,
        Some(ClaimCommand::Answer { claim, sku, qty }) => {
            let id = session.studio.find_claim(claim).await?;
            Ok(session.studio.answer_claim(id, sku, *qty).await?)
        }
        Some(ClaimCommand::Drop { claim }) => {
            let id = session.studio.find_claim(claim).await?;
            Ok(session.studio.drop_claim(id).await?)
        }
        Some(ClaimCommand::Rules(args)) => rules(args, session).await,
    }
}

async fn list(questions: bool, session: &Session<'_>) -> Result<(), CommandError> {
    for claim in session.studio.claims(questions).await? {
        let text = if session.json { json_line(&claim)? } else { sentence(&claim) };
        session.output.line(&text).await?;
    }
    Ok(())
}

async fn rules(args: &ClaimRulesArgs, session: &Session<'_>) -> Result<(), CommandError> {
    let is_on = |word: Option<OnOff>| word.map(|word| word == OnOff::On);
    let change = ClaimRulesChange {
        taken: is_on(args.take),
        keywords: args.keywords.clone(),
        hold_min: args.hold,
        first_paid: is_on(args.first_paid),
        waiting_list: is_on(args.waiting_list),
        per_buyer: args.per_buyer,
        shipping: args.shipping.clone(),
        free_from: args.free_from.clone(),
    };
    let settings = session.studio.change_claim_settings(change).await?;
    let text = if session.json { json_line(&settings)? } else { rules_sentence(&settings) };
    Ok(session.output.line(&text).await?)
}

fn sentence(claim: &ClaimView) -> String {
    let state = match claim.state {
        ClaimState::Asked if claim.is_answered => "answered, on its way".to_owned(),
        ClaimState::Asked => claim.question.map_or("asked".to_owned(), |why| format!("asked: {why:?}").to_lowercase()),
        ClaimState::Waiting { place } => format!("waiting, number {place}"),
        ClaimState::Refused { why } => format!("refused: {why:?}").to_lowercase(),
        state => state.as_str().to_owned(),
    };
    let lines = if claim.lines.is_empty() {
        claim.ways.iter().map(|way| goods(way)).collect::<Vec<_>>().join(" | ")
    } else {
        goods(&claim.lines)
    };
    let text = claim.text.split(char::is_control).collect::<Vec<_>>().join(" ");
    format!("{}\t{state}\t{lines}\t{}\t{text}", claim.id, claim.from)
}

fn goods(lines: &[OrderedLine]) -> String {
    lines.iter().map(|line| format!("{} x {}", line.qty, line.sku)).collect::<Vec<_>>().join(", ")
}

fn rules_sentence(settings: &ClaimSettings) -> String {
    if !settings.taken {
        return "comments buy nothing; --take on lets them".to_owned();
    }
    let policy = settings.rules.policy;
    let mut parts = vec![if policy.first_paid {
        format!("whoever pays first within {} min has the goods", policy.hold_min)
    } else {
        format!("goods are held for {} min", policy.hold_min)
    }];
    parts.push(if policy.waiting_list { "then who comes next".into() } else { "sold out is sold out".into() });
    parts.extend(policy.per_buyer.map(|limit| format!("at most {limit} of a product each")));
    if let Some(shipping) = settings.rules.shipping {
        let free = shipping.free_from.map_or(String::new(), |from| format!(", free from {from}"));
        parts.push(format!("shipping {}{free}", shipping.fee));
    }
    if !settings.rules.keywords.is_empty() {
        parts.push(settings.rules.keywords.clone());
    }
    parts.join("; ")
}
