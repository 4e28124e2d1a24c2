-- Small facts that must hold while Redis is away: failed logins, codes used once.
CREATE TABLE platform_kept (
    key text PRIMARY KEY,
    value jsonb NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX platform_kept_expiry ON platform_kept (expires_at);
