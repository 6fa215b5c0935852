-- How addresses are spread over the events: without that PostgreSQL takes every beginning of an address for as frequent as
-- any other, and reads the whole evidence backwards for one that is rare.
create statistics audit_personal_email_statistics on (data ->> 'email') from audit_personal;
