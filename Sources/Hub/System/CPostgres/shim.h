// libpq, and its character constants, which Swift does not import.
#pragma once
#include <libpq-fe.h>

static inline int pq_diag_sqlstate(void) { return PG_DIAG_SQLSTATE; }
static inline int pq_diag_constraint(void) { return PG_DIAG_CONSTRAINT_NAME; }
static inline int pq_diag_severity(void) { return PG_DIAG_SEVERITY_NONLOCALIZED; }
static inline int pq_diag_message(void) { return PG_DIAG_MESSAGE_PRIMARY; }
