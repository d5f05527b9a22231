// What can be read. Reads go over their own connection and see what is committed.

package import Domain
package import EventLog

/// Which leads, and which page of them; newest by id, for ids begin with their time.
package struct LeadsQuery: Sendable, Equatable {
    /// How many at most, 1 to 100.
    package var limit: Int
    /// The id of the last lead of the page before; nil for the first page.
    package var after: UniqueID?
    /// Newest first, or oldest first.
    package var newestFirst: Bool
    /// Only leads with this status.
    package var status: LeadStatus?
    /// Only leads of this owner.
    package var owner: String?
    /// Only leads with this email, in any case.
    package var email: String?
    /// Who sees only what is theirs; nil for all.
    package var reader: Principal?

    /// A page of leads.
    package init(
        limit: Int, after: UniqueID? = nil, newestFirst: Bool = true, status: LeadStatus? = nil,
        owner: String? = nil, email: String? = nil
    ) {
        self.limit = limit
        self.after = after
        self.newestFirst = newestFirst
        self.status = status
        self.owner = owner
        self.email = email
    }
}

/// A page of the log's history.
package struct HistoryQuery: Sendable, Equatable {
    /// Only positions after this one.
    package var after: UInt64
    /// Only positions before this one; nil for no bound.
    package var before: UInt64?
    /// How many at most, 1 to 1,000.
    package var limit: Int
    /// A union of terms, as in a subscription; empty for everything.
    package var terms: [FilterTerms]
    /// Newest first, or oldest first.
    package var newestFirst: Bool
    /// Only what this reader sees; nil for all.
    package var scope: OwnershipScope?

    /// A page of history.
    package init(
        after: UInt64 = 0, before: UInt64? = nil, limit: Int, terms: [FilterTerms] = [],
        newestFirst: Bool = false
    ) {
        self.after = after
        self.before = before
        self.limit = limit
        self.terms = terms
        self.newestFirst = newestFirst
    }
}

/// What to read.
package enum ReadQuery: Sendable {
    /// One lead by id.
    case lead(UniqueID)
    /// A page of leads.
    case leads(LeadsQuery)
    /// One record by id.
    case record(RecordQuery)
    /// A page of records.
    case records(RecordsQuery)
    /// What follows a place of the unified log.
    case logTail(LogTailQuery)
    /// How many messages somebody has, by state.
    case notificationCounts(recipient: String)
    /// Who has a name, and whether they have signed in from an address before.
    case signIn(name: String, address: String)
    /// Every processor's cursor, lease and failures.
    case processors
    /// The latest snapshot of the model.
    case model
    /// A reported event by the id under which it was accepted, with its branches.
    case event(UniqueID)
    /// A page of the log.
    case history(HistoryQuery)
    /// A page of what happened to a thing.
    case timeline(TimelineQuery)
    /// One page of the log as a segment: `EventLog.range(ofPage:)`.
    case page(Int)
    /// A page of the audit trail.
    case auditRows(AuditQuery)
    /// What proves that an audit row is under the last checkpoint, or that this follows from the
    /// tree of so many rows.
    case auditEvidence(of: UniqueID?, from: UInt64?)
    /// Postgres' head now.
    case head
    /// No read: streams go on with a fresh token, wherever they are open. Answered when those of
    /// this instance do.
    case renew(StreamRenewal)
}

/// A read, and since when somebody waits for it.
package struct ReadRequest: Sendable {
    /// Where the outcome goes.
    package let ticket: Ticket
    /// What to read.
    package let query: ReadQuery
    /// When the request was complete, on the monotonic clock, in milliseconds.
    package let receivedMilliseconds: Int64

    /// A read to submit.
    package init(ticket: Ticket, query: ReadQuery, receivedMilliseconds: Int64) {
        self.ticket = ticket
        self.query = query
        self.receivedMilliseconds = receivedMilliseconds
    }
}
