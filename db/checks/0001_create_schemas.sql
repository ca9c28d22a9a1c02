-- A function that is made here may be called by nobody until a file in db/grants says so.
SELECT 'functions of store_owner may be called by everybody'
WHERE NOT EXISTS (
    SELECT
    FROM pg_default_acl d
    WHERE d.defaclrole = to_regrole('store_owner')
      AND d.defaclobjtype = 'f'
      AND NOT EXISTS (SELECT FROM aclexplode(d.defaclacl) x WHERE x.grantee = 0)
)
