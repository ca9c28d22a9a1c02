-- Who gets no mails about how much of a limit is used. A row: they turned them off. All other mails are sent all the same.
CREATE TABLE store.notice_opt_out (
    customer_id bigint NOT NULL,
    opted_out_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT notice_opt_out_pkey PRIMARY KEY (customer_id),
    CONSTRAINT notice_opt_out_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES store.customer (customer_id) ON DELETE RESTRICT
);
