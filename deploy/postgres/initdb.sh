#!/bin/bash
# For the official image: mount as /docker-entrypoint-initdb.d/10-holdfast-roles.sh and roles.sql as /etc/holdfast/roles.sql
# (outside initdb.d, where the image would run it without its variables). It runs once, when the data folder is first made.
set -euo pipefail

psql -v ON_ERROR_STOP=1 --no-psqlrc --quiet \
  --username "${POSTGRES_USER:-postgres}" --dbname "${POSTGRES_DB:-${POSTGRES_USER:-postgres}}" \
  -v auth_password="${POSTGRES_AUTH_PASSWORD:?set POSTGRES_AUTH_PASSWORD}" \
  -v catalog_password="${POSTGRES_CATALOG_PASSWORD:?set POSTGRES_CATALOG_PASSWORD}" \
  -v booking_password="${POSTGRES_BOOKING_PASSWORD:?set POSTGRES_BOOKING_PASSWORD}" \
  -v payment_password="${POSTGRES_PAYMENT_PASSWORD:?set POSTGRES_PAYMENT_PASSWORD}" \
  -v notification_password="${POSTGRES_NOTIFICATION_PASSWORD:?set POSTGRES_NOTIFICATION_PASSWORD}" \
  -f "${HOLDFAST_ROLES_SQL:-/etc/holdfast/roles.sql}"
