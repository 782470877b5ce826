-- The three roles and the database, as the superuser, before the first migration. Run by psql with the passwords in
-- the environment: by the container of docker-compose.yml at its first start, or by hand on another server.
-- Neither web nor worker owns anything, creates anything, or passes row-level security.
\set ON_ERROR_STOP on
\getenv owner_password DATABASE_OWNER_PASSWORD
\getenv web_password DATABASE_WEB_PASSWORD
\getenv worker_password DATABASE_WORKER_PASSWORD

CREATE ROLE tuntas_owner LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD :'owner_password';
CREATE ROLE tuntas_web LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD :'web_password';
CREATE ROLE tuntas_worker LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD :'worker_password';

REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC;
CREATE DATABASE tuntas OWNER tuntas_owner;
REVOKE ALL ON DATABASE tuntas FROM PUBLIC;
GRANT CONNECT ON DATABASE tuntas TO tuntas_web, tuntas_worker;

\connect tuntas
ALTER SCHEMA public OWNER TO tuntas_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO tuntas_web, tuntas_worker;
