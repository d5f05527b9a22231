// What becomes of a reported event: four branches, none waiting for another.

/// A branch.
package enum EventBranch: String, CaseIterable, Sendable {
    case rl, compliance, workflow, log
}

/// Where a branch stands.
package enum BranchState: String, CaseIterable, Sendable {
    case pending, done, denied, failed
}
