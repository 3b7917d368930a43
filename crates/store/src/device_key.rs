//! The key that this installation's ops are signed with. It is made once, lies among the secrets of the encrypted database and
//! never leaves it but for its backups.
//!
//! Ops are signed when they are read to be sent: a sale costs nothing more, and what is numbered anew is signed anew.

use crate::{Store, StoreError, device, error::unreadable};
use ed25519_dalek::{Signer as _, SigningKey};
use hawker_domain::SellerId;
use hawker_wire::{account::RegisterDevice, ops::OpEnvelope, signature::signed_bytes};
use sqlx::SqlitePool;
use uuid::Uuid;
use zeroize::Zeroizing;

/// Its name among the secrets.
const SECRET: &str = "device.key";

impl Store {
    /// What this installation says of itself to a platform that lists it as `name`.
    pub async fn registration(&self, name: &str) -> Result<RegisterDevice, StoreError> {
        let key = signing_key(&self.reader).await?;
        Ok(RegisterDevice {
            device_id: self.device().await?.device_id,
            name: name.to_owned(),
            public_key: Some(hex::encode(key.verifying_key().to_bytes())),
            restored: device::is_behind(&self.reader).await?,
        })
    }
}

/// Gives a store its key, where it has none.
pub(crate) async fn introduce(store: &Store) -> Result<(), StoreError> {
    if store.secret(SECRET).await?.is_some() {
        return Ok(());
    }
    let mut bytes = Zeroizing::new([0; 32]);
    getrandom::fill(bytes.as_mut_slice()).map_err(|why| {
        let why = std::io::Error::other(format!("no random numbers: {why}"));
        StoreError::Database(sqlx::Error::Io(why))
    })?;
    store.put_secret(SECRET, &Zeroizing::new(hex::encode(bytes.as_slice()))).await
}

/// Signs ops of one account.
pub(crate) struct Signer {
    key: SigningKey,
    seller: SellerId,
}

impl Signer {
    /// None before the first account: there is nobody yet whom an op could be of.
    pub(crate) async fn load(reader: &SqlitePool) -> Result<Option<Self>, StoreError> {
        let seller: Option<Uuid> = sqlx::query_scalar("SELECT seller_id FROM feed").fetch_one(reader).await?;
        let Some(seller) = seller.map(SellerId) else { return Ok(None) };
        Ok(Some(Self { key: signing_key(reader).await?, seller }))
    }

    pub(crate) fn sign(&self, op: &mut OpEnvelope) {
        op.signature = hex::encode(self.key.sign(&signed_bytes(self.seller, op)).to_bytes());
    }
}

async fn signing_key(reader: &SqlitePool) -> Result<SigningKey, StoreError> {
    let text: String =
        sqlx::query_scalar("SELECT value FROM secret WHERE key = ?").bind(SECRET).fetch_one(reader).await?;
    let text = Zeroizing::new(text);
    let mut bytes = Zeroizing::new([0; 32]);
    hex::decode_to_slice(text.as_str(), bytes.as_mut_slice()).map_err(|why| unreadable("device key", why))?;
    Ok(SigningKey::from_bytes(&bytes))
}
