-- How a refresh finds the events of open days: they lie at the table's end, and this index is a few pages however long the table
-- is. It costs a purchase nothing to speak of. What is not summarized yet is the end, which is always read.
-- The serializable functions find nothing by it: it knows no predicate locks.
CREATE INDEX customer_event_occurred_at_brin_idx ON store.customer_event USING brin (occurred_at)
    WITH (pages_per_range = 32, autosummarize = on);
