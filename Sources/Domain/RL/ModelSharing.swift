// What was learned, frozen, so that many threads decide by it while the next version is folded.

/// An immutable version of the model; handing it on copies nothing.
package final class ModelSnapshot: Sendable {
    package let state: ModelState

    package init(_ state: ModelState) {
        self.state = state
    }
}
