-- +goose Up
-- Who signed a document, as the referentials name roles: what rules about signers look at.
alter table evidence add column signer_role text not null default '';
