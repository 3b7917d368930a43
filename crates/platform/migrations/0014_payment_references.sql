-- Which order a provider's reference proves the payment of: one reference proves one, whichever device found it.
CREATE INDEX orders_by_payment_reference ON orders (seller_id, json_extract(body, '$.payment.verified_by.reference'))
    WHERE json_extract(body, '$.payment.verified_by.reference') IS NOT NULL;
