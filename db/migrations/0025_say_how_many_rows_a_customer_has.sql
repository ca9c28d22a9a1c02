-- Where each customer has few purchases yet, an index by customer_id alone looks as good to the planner as the whole key. Then a
-- purchase reads all that its customer ever bought, and everybody else's on the page (facts 12b). A store that sells has some
-- twenty a customer: plans are made for that from the first day.
ALTER TABLE store.purchase ALTER COLUMN customer_id SET (n_distinct = -0.05);
ALTER TABLE store.purchase_line ALTER COLUMN customer_id SET (n_distinct = -0.05);
ALTER TABLE store.customer_event ALTER COLUMN customer_id SET (n_distinct = -0.05);

-- Each purchase writes its customer's row anew: beside the old one, while there is room on the page.
ALTER TABLE store.customer_purchased_amount SET (fillfactor = 70);

ANALYZE store.purchase, store.purchase_line, store.customer_event;
