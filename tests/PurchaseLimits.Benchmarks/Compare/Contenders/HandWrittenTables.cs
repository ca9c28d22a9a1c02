namespace PurchaseLimits.Benchmarks.Compare;

/// <summary>The tables that a careful programmer would make without this store's functions: for those that send statements or use EF Core.</summary>
internal static class HandWrittenTables
{
    /// <param name="schema">Whose they are.</param>
    public static string Create(string schema) =>
        $"""
        CREATE SCHEMA {schema};
        SET search_path = {schema};
        CREATE TABLE product (
            product_id bigint PRIMARY KEY,
            price numeric NOT NULL
        );
        CREATE TABLE customer (
            customer_id bigint PRIMARY KEY,
            amount numeric NOT NULL,
            limit_amount numeric NOT NULL,
            last_sequence_number bigint NOT NULL,
            CHECK (amount >= 0 AND amount <= limit_amount)
        );
        CREATE TABLE customer_event (
            customer_id bigint NOT NULL,
            sequence_number bigint NOT NULL,
            kind text NOT NULL,
            purchase_id uuid,
            amount numeric NOT NULL,
            amount_after numeric NOT NULL,
            occurred_at timestamptz NOT NULL
        );
        CREATE TABLE purchase (
            customer_id bigint NOT NULL,
            purchase_id uuid NOT NULL,
            total numeric NOT NULL,
            placed_at timestamptz NOT NULL
        );
        CREATE TABLE purchase_line (
            customer_id bigint NOT NULL,
            purchase_id uuid NOT NULL,
            product_id bigint NOT NULL,
            quantity bigint NOT NULL,
            unit_price numeric NOT NULL
        );
        INSERT INTO product SELECT product_id, price FROM store.current_price;
        INSERT INTO customer SELECT customer_id, amount, greatest(limit_amount, amount), last_sequence_number FROM store.customer_purchased_amount;
        INSERT INTO customer_event
        SELECT customer_id, sequence_number, kind, purchase_id, amount_after - amount_before, amount_after, occurred_at FROM store.customer_event;
        INSERT INTO purchase SELECT customer_id, purchase_id, total, placed_at FROM store.purchase;
        INSERT INTO purchase_line SELECT customer_id, purchase_id, product_id, quantity, unit_price FROM store.purchase_line;
        ALTER TABLE customer_event ADD PRIMARY KEY (customer_id, sequence_number);
        ALTER TABLE purchase ADD PRIMARY KEY (customer_id, purchase_id);
        ALTER TABLE purchase_line ADD PRIMARY KEY (customer_id, purchase_id, product_id);
        ALTER TABLE customer_event ADD FOREIGN KEY (customer_id) REFERENCES customer;
        ALTER TABLE purchase ADD FOREIGN KEY (customer_id) REFERENCES customer;
        ALTER TABLE purchase_line ADD FOREIGN KEY (customer_id, purchase_id) REFERENCES purchase, ADD FOREIGN KEY (product_id) REFERENCES product;
        """;

    /// <param name="schema">Whose they are.</param>
    public static string Accounts(string schema) =>
        $"""
        SELECT c.customer_id, c.amount, (SELECT sum(e.amount) FROM {schema}.customer_event e WHERE e.customer_id = c.customer_id) AS folded, c.limit_amount
        FROM {schema}.customer c
        WHERE c.customer_id = ANY (@customers)
        """;
}
