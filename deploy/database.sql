-- The two roles and the database, run once by an administrator of PostgreSQL 15 or later:
--   psql --set owner_password='…' --set serve_password='…' --file deploy/database.sql
-- The first role owns the tables and migrates; the second serves and can change neither tables nor triggers.
\set ON_ERROR_STOP on
CREATE ROLE chaoce_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE chaoce_serve LOGIN PASSWORD :'serve_password';
-- Names of firms are found by their likeness, for which Chinese characters must be letters: hence C.UTF-8.
CREATE DATABASE chaoce OWNER chaoce_owner TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER libc LC_COLLATE 'C' LC_CTYPE 'C.UTF-8';
REVOKE ALL ON DATABASE chaoce FROM PUBLIC;
GRANT CONNECT ON DATABASE chaoce TO chaoce_serve;
