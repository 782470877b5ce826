-- The walls inside the database: who may write what, what each office sees, and the log that only grows.
-- Run once by the first migration, as the owner. The roles exist beforehand.

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO tuntas_web, tuntas_worker;

CREATE SEQUENCE receipt_number_seq;
GRANT USAGE ON SEQUENCE receipt_number_seq TO tuntas_web, tuntas_worker;

-- ---------------------------------------------------------------- privileges
GRANT SELECT ON ALL TABLES IN SCHEMA public TO tuntas_web, tuntas_worker;
REVOKE ALL ON audit_head FROM tuntas_web;

GRANT INSERT, UPDATE ON
    region, agency, unit, person, account, position, api_token,
    evaluation_report, recommendation, action, requirement, plan_import, job, idempotency_key,
    bundle
TO tuntas_web, tuntas_worker;
GRANT INSERT ON
    sign_in_failure, requirement_recommendation, evidence, evidence_use, sign_off, verification,
    decision_recommendation, audit_event
TO tuntas_web, tuntas_worker;

-- Who was put where, from which day and by which letter never changes: it is confirmed, and it ends. A scan stays.
GRANT INSERT ON position_assignment, letter_scan TO tuntas_web, tuntas_worker;
GRANT UPDATE (valid_to, confirmed_by, confirmed_at, ended_by, ended_at, end_reason) ON position_assignment TO tuntas_web;
GRANT UPDATE ON position_assignment TO tuntas_worker;

-- Which unit follows which by what letter never changes; it is confirmed or declined once.
GRANT INSERT ON succession TO tuntas_web, tuntas_worker;
GRANT UPDATE (confirmed_by, confirmed_at, declined_by, declined_at, decline_reason) ON succession TO tuntas_web, tuntas_worker;
-- What a grid asks for never changes; a unit may be left out of it, and what waits for the report's issue is done then.
GRANT INSERT ON grid, outcome_finding TO tuntas_web, tuntas_worker;
GRANT UPDATE (left_out, pending_links) ON grid TO tuntas_web, tuntas_worker;
-- What was ordered never changes; the worker, who makes it, fills in what became of it.
GRANT INSERT ON paper TO tuntas_web, tuntas_worker;
GRANT UPDATE (state, key, version_id, sha256, size, finished_at, error_message) ON paper TO tuntas_worker;
-- Whose papers an agency carries on, however many times they went over: what its people see besides their own.
CREATE FUNCTION forerunner_agencies(successor uuid) RETURNS uuid[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE before AS (
        SELECT s.agency_id FROM public.succession s
        WHERE s.successor_agency_id = successor AND s.agency_id <> successor AND s.confirmed_at IS NOT NULL
        UNION
        SELECT s.agency_id FROM public.succession s JOIN before b ON s.successor_agency_id = b.agency_id
        WHERE s.confirmed_at IS NOT NULL
    )
    SELECT array_agg(agency_id) FROM before
$$;
REVOKE ALL ON FUNCTION forerunner_agencies(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION forerunner_agencies(uuid) TO tuntas_web, tuntas_worker;

-- What identifies a delivery or a signature never changes; only what is learned later may be filled in.
GRANT UPDATE (check_state, check_since, check_why, verdict, sign_assignment_id, brings_sign_offs, intake_removed_at)
    ON evidence TO tuntas_web, tuntas_worker;
GRANT UPDATE (voided_at, voided_reason) ON sign_off TO tuntas_web, tuntas_worker;
GRANT UPDATE (voided_at) ON verification TO tuntas_web, tuntas_worker;
-- Whose certificate it is and what was claimed never changes, only whether it still holds and what became of it.
GRANT INSERT ON certificate_binding, ink_claim TO tuntas_web, tuntas_worker;
GRANT UPDATE (withdrawn_at, withdrawn_by) ON certificate_binding TO tuntas_web, tuntas_worker;
GRANT UPDATE (state, settled_at) ON ink_claim TO tuntas_web, tuntas_worker;

-- A request for review is asked in words that stay, and answered once.
GRANT INSERT ON evidence_review TO tuntas_web, tuntas_worker;
GRANT UPDATE (accepted, decided_by, decided_as, decided_at, reason) ON evidence_review TO tuntas_web, tuntas_worker;

-- What was drawn, by which seed and from what, never changes; a batch is confirmed once.
GRANT INSERT ON sample_batch, sample_item TO tuntas_web, tuntas_worker;
GRANT UPDATE (confirmed_by, confirmed_at) ON sample_batch TO tuntas_web, tuntas_worker;
-- What was said stays as it was said, and nothing of it goes; only how far somebody has read moves on.
GRANT INSERT ON message, messages_read TO tuntas_web, tuntas_worker;
GRANT UPDATE (until) ON messages_read TO tuntas_web, tuntas_worker;

-- Terms of the follow-up are set at the console. Wordings stay; an objection is made in words that stay, and answered
-- once. A missed deadline stays marked, and what ended stays ended.
GRANT INSERT, UPDATE ON follow_up_rule TO tuntas_worker;
GRANT INSERT ON recommendation_version, objection TO tuntas_web, tuntas_worker;
GRANT UPDATE (outcome, answer, letter, answered_by, answered_at, stopped_days) ON objection TO tuntas_web, tuntas_worker;
CREATE FUNCTION recommendation_mark_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a missed deadline stays marked, and what ended stays ended';
END
$$;
CREATE TRIGGER recommendation_mark_stays BEFORE UPDATE ON recommendation FOR EACH ROW
    WHEN (
        (OLD.overdue_on IS NOT NULL AND NEW.overdue_on IS DISTINCT FROM OLD.overdue_on)
        OR (OLD.ended_as IS NOT NULL AND NEW.ended_as IS DISTINCT FROM OLD.ended_as)
    )
    EXECUTE FUNCTION recommendation_mark_stays();

-- What was proposed stays as it was; a decision is filled in once. Papers, and what a decision names, are only added.
GRANT INSERT ON decision, decision_requirement, official_paper TO tuntas_web, tuntas_worker;
GRANT UPDATE (state, number, decided_on, decided_by, decided_at, letter_id, closed_by, closed_at, closed_reason)
    ON decision TO tuntas_web, tuntas_worker;

-- Only the worker judges and archives.
GRANT INSERT ON check_report, archived_object TO tuntas_worker;
GRANT UPDATE (retain_until, retention_rule, keep_until, examined_at, disposal_id) ON archived_object TO tuntas_worker;
-- Pictures of pages are made by the worker, and made again when the store has lost them.
GRANT INSERT, UPDATE ON page_picture TO tuntas_worker;
-- What was made of an original goes with it.
GRANT DELETE ON page_picture, page_text, sense_finding TO tuntas_worker;
GRANT DELETE ON idempotency_key, sign_in_failure, job TO tuntas_worker;

-- Holds, findings and disposals: who wrote what, when and why never changes, and no row goes.
CREATE SEQUENCE disposal_number_seq;
GRANT USAGE ON SEQUENCE disposal_number_seq TO tuntas_web, tuntas_worker;
GRANT INSERT ON legal_hold, archive_finding, disposal TO tuntas_web, tuntas_worker;
GRANT UPDATE (closed_by, closed_at, closing_letter) ON legal_hold TO tuntas_web, tuntas_worker;
GRANT UPDATE (state, confirmed_by, confirmed_at) ON disposal TO tuntas_web, tuntas_worker;
GRANT UPDATE (done_at, done_by_name) ON disposal TO tuntas_worker;
GRANT UPDATE (resolved_at) ON archive_finding TO tuntas_worker;

-- ---------------------------------------------------------------- the second wall
-- The web role sees one region and, in it, the agencies that the request's actor may see. The settings are
-- made at the start of every transaction; without them nothing is visible.
DO $$
DECLARE
    name text;
    in_region constant text :=
        'region_id = (SELECT nullif(current_setting(''tuntas.region'', true), '''')::uuid)';
    in_agency constant text :=
        '((SELECT current_setting(''tuntas.agencies'', true)) = ''*'' OR agency_id = ANY ('
        '(SELECT string_to_array(nullif(current_setting(''tuntas.agencies'', true), ''*''), '',''))::uuid[]))';
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'agency', 'unit', 'person', 'position', 'position_assignment', 'certificate_binding', 'succession',
        'follow_up_rule'
    ] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY web_region ON %I TO tuntas_web USING (%s)', name, in_region);
        EXECUTE format('CREATE POLICY worker_all ON %I TO tuntas_worker USING (true)', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY[
        'evaluation_report', 'recommendation', 'action', 'requirement', 'requirement_recommendation',
        'grid', 'outcome_finding', 'plan_import', 'evidence', 'evidence_use', 'check_report', 'archived_object', 'sign_off',
        'verification', 'decision', 'decision_recommendation', 'bundle',
        'page_picture', 'evidence_review', 'message', 'messages_read', 'sample_batch', 'sample_item', 'ink_claim', 'archive_finding', 'legal_hold', 'disposal',
        'file_access', 'access_ground', 'bundle_file', 'handover', 'handover_link', 'letter_scan',
        'recommendation_version', 'objection', 'official_paper', 'decision_requirement'
    ] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY web_agency ON %I TO tuntas_web USING (%s AND %s)', name, in_region, in_agency);
        EXECUTE format('CREATE POLICY worker_all ON %I TO tuntas_worker USING (true)', name);
    END LOOP;
    ALTER TABLE paper ENABLE ROW LEVEL SECURITY;
    EXECUTE format(
        'CREATE POLICY web_agency ON paper TO tuntas_web USING (%s AND (%s OR (SELECT current_setting(''tuntas.agencies'', true)) = ''*''))',
        in_region, in_agency
    );
    CREATE POLICY worker_all ON paper TO tuntas_worker USING (true);
    ALTER TABLE job ENABLE ROW LEVEL SECURITY;
    EXECUTE format('CREATE POLICY web_agency ON job TO tuntas_web USING (%s AND (agency_id IS NULL OR %s))', in_region, in_agency);
    CREATE POLICY worker_all ON job TO tuntas_worker USING (true);
    -- Periodic work that has ended may go; what is about something that people did stays.
    CREATE POLICY worker_forgets ON job AS RESTRICTIVE FOR DELETE TO tuntas_worker
        USING (key LIKE 'periodic.%' AND subject_id IS NULL AND finished_at IS NOT NULL);
    -- Only whoever erased the bytes, who works as the worker, may say that it is done.
    CREATE POLICY web_erases_nothing ON disposal AS RESTRICTIVE FOR UPDATE TO tuntas_web
        USING (true) WITH CHECK (state <> 'done');
    ALTER TABLE audit_event ENABLE ROW LEVEL SECURITY;
    EXECUTE format('CREATE POLICY web_read ON audit_event FOR SELECT TO tuntas_web USING (%s AND %s)', in_region, in_agency);
    CREATE POLICY web_append ON audit_event FOR INSERT TO tuntas_web WITH CHECK (true);
    CREATE POLICY worker_read ON audit_event FOR SELECT TO tuntas_worker USING (true);
    CREATE POLICY worker_append ON audit_event FOR INSERT TO tuntas_worker WITH CHECK (true);
END
$$;

-- What was read of deliveries: written by the worker alone. A finding that names another agency's paper is seen by
-- those alone who see the whole region.
GRANT INSERT, UPDATE ON reading, page_text TO tuntas_worker;
GRANT INSERT ON sense_finding TO tuntas_worker;
DO $$
DECLARE
    name text;
    in_region constant text :=
        'region_id = (SELECT nullif(current_setting(''tuntas.region'', true), '''')::uuid)';
    everywhere constant text := '(SELECT current_setting(''tuntas.agencies'', true)) = ''*''';
    in_agency constant text :=
        'agency_id = ANY ((SELECT string_to_array(nullif(current_setting(''tuntas.agencies'', true), ''*''), '',''))::uuid[])';
BEGIN
    FOREACH name IN ARRAY ARRAY['reading', 'page_text', 'sense_finding'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY worker_all ON %I TO tuntas_worker USING (true)', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['reading', 'page_text'] LOOP
        EXECUTE format('CREATE POLICY web_agency ON %I TO tuntas_web USING (%s AND (%s OR %s))', name, in_region, everywhere, in_agency);
    END LOOP;
    EXECUTE format(
        'CREATE POLICY web_agency ON sense_finding TO tuntas_web USING (%s AND (%s OR (%s AND audience <> ''inspectorate'')))',
        in_region, everywhere, in_agency
    );
END
$$;

-- Access classes: the row tells of the last change, the log of all; a reason with which somebody opened a file never
-- changes. What a bundle holds is written once, when it is built.
GRANT INSERT, UPDATE (restricted, changed_by, changed_at, reason) ON file_access TO tuntas_web, tuntas_worker;
GRANT INSERT ON access_ground TO tuntas_web;
GRANT INSERT ON bundle_file TO tuntas_worker;
-- Whether another agency classed the bytes or the figures of this delivery: so that nobody is told of a paper like his
-- own elsewhere where that one is restricted. An agency cannot look there, and learns nothing but that it is not told.
CREATE FUNCTION restricted_elsewhere(delivery uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (
        SELECT 1
        FROM public.evidence mine
        JOIN public.evidence other ON other.region_id = mine.region_id AND other.agency_id <> mine.agency_id
        JOIN public.file_access class
            ON class.agency_id = other.agency_id AND class.sha256 = other.sha256 AND class.restricted
        WHERE mine.id = delivery
            AND (
                other.sha256 = mine.sha256
                OR EXISTS (
                    SELECT 1 FROM public.reading a JOIN public.reading b ON b.figures = a.figures
                    WHERE a.evidence_id = mine.id AND b.evidence_id = other.id
                )
            )
    )
$$;
REVOKE ALL ON FUNCTION restricted_elsewhere(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION restricted_elsewhere(uuid) TO tuntas_web, tuntas_worker;

-- ---------------------------------------------------------------- the log
ALTER TABLE audit_head SET (fillfactor = 50);

-- What a link tells even where its body is withheld: of which type its subject is, and of which years. It is linked
-- with the rest, so that whoever hands a log out cannot withhold what is of the year in question.
CREATE FUNCTION audit_about(kind text, subject_type text, subject uuid) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN kind = 'report.issued' THEN 'issued' ELSE subject_type END || ':' || coalesce(
        CASE subject_type
            WHEN 'report' THEN (SELECT r.year::text FROM public.evaluation_report r WHERE r.id = subject)
            WHEN 'requirement' THEN (SELECT q.year::text FROM public.requirement q WHERE q.id = subject)
            WHEN 'recommendation' THEN (
                SELECT r.year::text FROM public.recommendation c JOIN public.evaluation_report r ON r.id = c.report_id
                WHERE c.id = subject
            )
            WHEN 'evidence' THEN (
                SELECT string_agg(DISTINCT q.year::text, ',' ORDER BY q.year::text)
                FROM public.evidence_use u JOIN public.requirement q ON q.id = u.requirement_id
                WHERE u.evidence_id = subject
            )
            WHEN 'decision' THEN (
                SELECT string_agg(DISTINCT r.year::text, ',' ORDER BY r.year::text)
                FROM public.decision_recommendation d
                JOIN public.recommendation c ON c.id = d.recommendation_id
                JOIN public.evaluation_report r ON r.id = c.report_id
                WHERE d.decision_id = subject
            )
            WHEN 'bundle' THEN (SELECT b.year::text FROM public.bundle b WHERE b.id = subject)
            WHEN 'paper' THEN (SELECT p.year::text FROM public.paper p WHERE p.id = subject)
        END, '')
$$;
REVOKE ALL ON FUNCTION audit_about(text, text, uuid) FROM PUBLIC;

CREATE FUNCTION audit_link() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    head public.audit_head%ROWTYPE;
BEGIN
    IF NEW.body IS NULL OR length(NEW.salt) <> 16 THEN
        RAISE EXCEPTION 'an event needs a body and a salt of 16 bytes';
    END IF;
    SELECT * INTO head FROM public.audit_head WHERE chain = NEW.chain FOR UPDATE;
    IF NOT FOUND THEN
        INSERT INTO public.audit_head (chain, seq, hash, at)
        VALUES (NEW.chain, 0, decode(repeat('00', 32), 'hex'), 'epoch') ON CONFLICT DO NOTHING;
        SELECT * INTO head FROM public.audit_head WHERE chain = NEW.chain FOR UPDATE;
    END IF;
    NEW.seq := head.seq + 1;
    NEW.at := greatest(clock_timestamp(), head.at);
    NEW.previous := head.hash;
    NEW.about := public.audit_about(NEW.kind, NEW.subject_type, NEW.subject_id);
    NEW.body_digest := sha256(NEW.salt || convert_to(NEW.body, 'UTF8'));
    NEW.hash := sha256(
        NEW.previous || sha256(convert_to(NEW.chain, 'UTF8')) || int8send(NEW.seq)
        || int8send((extract(epoch FROM NEW.at) * 1000000)::bigint) || sha256(convert_to(NEW.about, 'UTF8'))
        || NEW.body_digest
    );
    UPDATE public.audit_head SET seq = NEW.seq, hash = NEW.hash, at = NEW.at WHERE chain = NEW.chain;
    RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION audit_link() FROM PUBLIC;
CREATE TRIGGER audit_link BEFORE INSERT ON audit_event FOR EACH ROW EXECUTE FUNCTION audit_link();

-- Erasing body and salt together by a lawful order keeps the link; everything else is refused, to the owner too.
CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.body IS NULL AND NEW.salt IS NULL
        AND (to_jsonb(NEW) - 'body' - 'salt') = (to_jsonb(OLD) - 'body' - 'salt') THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the log only grows';
END
$$;
CREATE TRIGGER audit_only_grows BEFORE UPDATE OR DELETE ON audit_event FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_never_emptied BEFORE TRUNCATE ON audit_event FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_head_never_emptied BEFORE TRUNCATE ON audit_head FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();

-- ---------------------------------------------------------------- conversations
-- A message is as final as its event, to the owner too.
CREATE FUNCTION message_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'messages only grow';
END
$$;
CREATE TRIGGER message_only_grows BEFORE UPDATE OR DELETE ON message FOR EACH ROW EXECUTE FUNCTION message_refuse();
CREATE TRIGGER message_never_emptied BEFORE TRUNCATE ON message FOR EACH STATEMENT EXECUTE FUNCTION message_refuse();

-- ---------------------------------------------------------------- anchors
-- Public and of no office; only the worker, who holds the seal key, writes them, and nobody changes or removes one.
GRANT INSERT ON anchor, anchor_sending, seal_key TO tuntas_worker;
GRANT UPDATE (state, sent_at, why, proof, attested_at) ON anchor_sending TO tuntas_worker;

CREATE FUNCTION anchor_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'anchors only grow';
END
$$;
CREATE TRIGGER anchor_only_grows BEFORE UPDATE OR DELETE ON anchor FOR EACH ROW EXECUTE FUNCTION anchor_refuse();
CREATE TRIGGER anchor_never_emptied BEFORE TRUNCATE ON anchor FOR EACH STATEMENT EXECUTE FUNCTION anchor_refuse();
CREATE TRIGGER seal_key_only_grows BEFORE UPDATE OR DELETE ON seal_key FOR EACH ROW EXECUTE FUNCTION anchor_refuse();
CREATE TRIGGER seal_key_never_emptied BEFORE TRUNCATE ON seal_key FOR EACH STATEMENT EXECUTE FUNCTION anchor_refuse();

-- ---------------------------------------------------------------- receipts
-- What a stranger may ask: all three values must fit, and then the answer is one word. Digests are compared, so that
-- no answer takes longer the more of a value fits. The web role itself sees nothing of an office for this.
CREATE FUNCTION receipt_state(number text, code text, digest text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE
        WHEN a.disposal_id IS NOT NULL THEN 'disposed'
        WHEN a.id IS NOT NULL THEN 'archived' -- also what a check refused and a person accepted after a look
        WHEN e.verdict = 'reject' THEN 'refused'
        WHEN e.check_state = 'failed' THEN 'unchecked'
        WHEN e.check_state = 'done' THEN 'checked'
        ELSE 'waiting'
    END
    -- The delivery itself, or a file that travels with it: one receipt names them all.
    FROM public.evidence e JOIN public.evidence f ON f.id = e.id OR f.travels_with_id = e.id
        LEFT JOIN public.archived_object a ON a.evidence_id = e.id
    WHERE e.receipt_number = number AND e.travels_with_id IS NULL
        AND sha256(convert_to(e.receipt_code, 'UTF8')) = sha256(convert_to(code, 'UTF8'))
        AND sha256(convert_to(f.sha256, 'UTF8')) = sha256(convert_to(digest, 'UTF8'))
    LIMIT 1
$$;
REVOKE ALL ON FUNCTION receipt_state(text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION receipt_state(text, text, text) TO tuntas_web, tuntas_worker;

-- ---------------------------------------------------------------- handovers
-- To whom, of what and until when never changes; what became of a link is filled in. A paper stays as it was issued.
CREATE SEQUENCE handover_number_seq;
GRANT USAGE ON SEQUENCE handover_number_seq TO tuntas_web, tuntas_worker;
GRANT INSERT ON handover, handover_link TO tuntas_web, tuntas_worker;
GRANT UPDATE (opened_at, claimed_at, expired_at, revoked_at, revoked_by, voided_at)
    ON handover_link TO tuntas_web, tuntas_worker;

-- Whoever holds the secret of a link, whose digest this is, is told where it lies; nobody else is told anything.
CREATE FUNCTION handover_link_by(secret_digest text) RETURNS TABLE (id uuid, region_id uuid, agency_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT l.id, l.region_id, l.agency_id FROM public.handover_link l WHERE l.digest = secret_digest
$$;
REVOKE ALL ON FUNCTION handover_link_by(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION handover_link_by(text) TO tuntas_web, tuntas_worker;

-- ---------------------------------------------------------------- what the watchers of the machine are told
-- Counts over all regions, for /metrics, which is nobody's desk: how many findings of the archive are open, and of them
-- how many say that a window of COMPLIANCE ran down.
CREATE FUNCTION open_archive_findings() RETURNS TABLE (findings bigint, low_windows bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT count(*), count(*) FILTER (WHERE f.code = 'window_low')
    FROM public.archive_finding f WHERE f.resolved_at IS NULL
$$;
REVOKE ALL ON FUNCTION open_archive_findings() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION open_archive_findings() TO tuntas_web, tuntas_worker;

-- ---------------------------------------------------------------- engagements
-- What a letter of assignment says never changes; it is confirmed once and ended once.
GRANT INSERT ON engagement TO tuntas_web, tuntas_worker;
GRANT UPDATE (confirmed_by, confirmed_at, ended_by, ended_at) ON engagement TO tuntas_web, tuntas_worker;
ALTER TABLE engagement ENABLE ROW LEVEL SECURITY;
CREATE POLICY web_region ON engagement TO tuntas_web
    USING (region_id = (SELECT nullif(current_setting('tuntas.region', true), '')::uuid));
CREATE POLICY worker_all ON engagement TO tuntas_worker USING (true);
