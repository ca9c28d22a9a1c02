-- in: rule; how long its proof took; how many violations it found, and some of them; error, why it could not be proved. For
-- workers, after the proof, in a transaction of its own: a proof only reads.
-- Keeps the 20 last proofs of each rule. Locks nothing that exists.
CREATE OR REPLACE FUNCTION store.record_proof(rule text, took interval, violation_count bigint, sample text[], error text)
RETURNS void
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = store, pg_catalog, pg_temp
AS $body$
DECLARE
    v_now timestamptz := clock_timestamp();
BEGIN
    INSERT INTO integrity_proof (rule, started_at, finished_at, violation_count, sample, error)
    VALUES (record_proof.rule, v_now - took, v_now, record_proof.violation_count, record_proof.sample, record_proof.error);
    DELETE FROM integrity_proof p
    WHERE p.rule = record_proof.rule
      AND p.started_at < (
          SELECT k.started_at
          FROM integrity_proof k
          WHERE k.rule = record_proof.rule
          ORDER BY k.started_at DESC
          OFFSET 19
          LIMIT 1
      );
END
$body$;
