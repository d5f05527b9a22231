// The suite of all tests that start the real program. They run one after another: each has the
// machine to itself, so that its times mean something.

import Testing

/// What a running hub does; extended by the other files of this folder.
@Suite(.serialized) enum RunningHub {}
