-- store: customers, products and money. account: sign-in. extension: what PostgreSQL's extensions bring. The journal's schema, migration, is made by the migrator.
CREATE SCHEMA store;
CREATE SCHEMA account;
CREATE SCHEMA extension;

-- Two prices of one product never hold at one time: an exclusion constraint over (bigint, range) needs it.
CREATE EXTENSION IF NOT EXISTS btree_gist SCHEMA extension;
-- Finding a product by a part of its name.
CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA extension;

-- What is created here may be used by nobody until a file in db/grants says so.
ALTER DEFAULT PRIVILEGES FOR ROLE store_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

-- Money in US dollars, never negative: what an amount means is in the column's name. numeric(12, 2) would round 0.005 silently and store NaN, and a limit of NaN lets any amount pass.
-- A CHECK passes on NULL, so every column of this type is NOT NULL as well (a test reads the catalogue).
-- One CHECK, not three: it is compiled once for each such column of each statement, which showed in a purchase's time.
-- NaN is greater than every number, so the bound refuses it too, and infinity.
CREATE DOMAIN store.usd AS numeric
    CONSTRAINT usd_from_zero_to_ten_billion_with_two_decimals
        CHECK (VALUE >= 0 AND VALUE < 10000000000 AND VALUE = round(VALUE, 2));
