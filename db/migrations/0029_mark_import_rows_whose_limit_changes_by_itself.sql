-- A limit may begin or end by itself between the dry run and the end of what the row sets: then the row is compared with the lowest
-- that it would be without the import (planned_limits), not only with what it was at the dry run (limit_before).
ALTER TABLE store.limit_import_row ADD COLUMN is_planned_to_change boolean NOT NULL DEFAULT false;
