//! The network between a device and the platform.

use crate::sabotage::Sabotage;
use hawker_domain::SellerId;
use hawker_sync::{Api, FeedAnswer, OpsAnswer, PlatformClient};
use hawker_wire::{
    ErrorCode, Failure,
    account::{Device, RegisterDevice},
    feed::{FeedPosition, FeedReturned, OpsAcked, ReturnFeed},
    ops::PostOps,
};
use rand::{Rng, SeedableRng, rngs::StdRng};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sky {
    Clear,
    Stormy,
    /// Nothing arrives.
    Down,
}

/// The platform through a network that loses requests and answers, says things twice, and delivers late.
#[derive(Clone)]
pub struct Weather {
    client: PlatformClient,
    state: Arc<Mutex<State>>,
}

struct State {
    sky: Sky,
    dice: StdRng,
    /// Posts that are still on their way.
    late: Vec<PostOps>,
    sabotage: Sabotage,
}

enum Fate {
    Arrives,
    LostGoing,
    LostComing,
    Twice,
    Late,
}

impl Weather {
    pub fn new(client: PlatformClient, seed: u64, sabotage: Sabotage) -> Self {
        let state = State { sky: Sky::Clear, dice: StdRng::seed_from_u64(seed), late: Vec::new(), sabotage };
        Self { client, state: Arc::new(Mutex::new(state)) }
    }

    pub fn set(&self, sky: Sky) {
        self.state.lock().unwrap().sky = sky;
    }

    pub fn sabotage(&self) -> Sabotage {
        self.state.lock().unwrap().sabotage
    }

    fn fate(&self) -> Fate {
        let mut state = self.state.lock().unwrap();
        match state.sky {
            Sky::Clear => return Fate::Arrives,
            Sky::Down => return Fate::LostGoing,
            Sky::Stormy => {}
        }
        match state.dice.random_range(0..10) {
            0 => Fate::LostGoing,
            1 | 2 => Fate::LostComing,
            3 => Fate::Twice,
            4 => Fate::Late,
            _ => Fate::Arrives,
        }
    }

    /// What was held back arrives now, whoever waits for it no more.
    pub async fn deliver_late(&self) {
        let late = std::mem::take(&mut self.state.lock().unwrap().late);
        for form in late.iter().rev() {
            let _ = self.client.post_ops(form).await;
        }
    }
}

fn lost() -> Failure {
    Failure::new(ErrorCode::Unreachable, "the network is down")
}

impl Api for Weather {
    fn seller_id(&self) -> Option<SellerId> {
        self.client.seller_id()
    }

    async fn register_device(&self, form: &RegisterDevice) -> Result<Device, Failure> {
        let form = &self.sabotage().of_registration(form);
        let device = match self.fate() {
            Fate::LostGoing | Fate::Late => return Err(lost()),
            Fate::LostComing => return self.client.register_device(form).await.and(Err(lost())),
            Fate::Twice => {
                self.client.register_device(form).await?;
                self.client.register_device(form).await?
            }
            Fate::Arrives => self.client.register_device(form).await?,
        };
        Ok(self.sabotage().of_device(device))
    }

    async fn post_ops(&self, form: &PostOps) -> Result<OpsAnswer, Failure> {
        let sabotage = self.sabotage();
        let seller = self.seller_id().expect("a signed-in device");
        let form = &sabotage.of_post(seller, form.clone());
        let answer = match self.fate() {
            Fate::LostGoing => return sabotage.of_lost(&form.ops).ok_or_else(lost),
            Fate::LostComing => return self.client.post_ops(form).await.and(Err(lost())),
            Fate::Late => {
                self.state.lock().unwrap().late.push(form.clone());
                return Err(lost());
            }
            Fate::Twice => {
                self.client.post_ops(form).await?;
                self.client.post_ops(form).await?
            }
            Fate::Arrives => self.client.post_ops(form).await?,
        };
        Ok(sabotage.of_answer(answer, &form.ops))
    }

    async fn feed(&self, seen: &FeedPosition, acked: Option<OpsAcked>, wait: Duration) -> Result<FeedAnswer, Failure> {
        let sabotage = self.sabotage();
        let (seen, acked) = (&sabotage.of_seen(seen.clone()), sabotage.of_acked(acked));
        match self.fate() {
            Fate::LostGoing | Fate::Late => Err(lost()),
            Fate::LostComing => self.client.feed(seen, acked, wait).await.and(Err(lost())),
            Fate::Twice | Fate::Arrives => {
                Ok(sabotage.of_feed(self.client.feed(seen, acked, wait).await?, acked.map(|acked| acked.device_id)))
            }
        }
    }

    async fn return_feed(&self, form: &ReturnFeed) -> Result<FeedReturned, Failure> {
        let sabotage = self.sabotage();
        let form = &sabotage.of_return(form.clone());
        match self.fate() {
            Fate::LostGoing | Fate::Late => Err(lost()),
            Fate::LostComing => self.client.return_feed(form).await.and(Err(lost())),
            Fate::Twice => {
                self.client.return_feed(form).await?;
                self.client.return_feed(form).await
            }
            Fate::Arrives => self.client.return_feed(form).await,
        }
    }
}
