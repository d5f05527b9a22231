// Who owns a descriptor closes it, once. A pipe tells: its reader is at the end when no writer is
// left.

import Foundation
import Reactor
import Testing

@Suite struct `Descriptors` {
    @Test func `a descriptor is closed when it goes`() {
        let ends = makePipe()
        defer { close(ends.read) }
        do {
            let descriptor = Descriptor(owning: ends.write)
            #expect(descriptor.number == ends.write)
            #expect(!isAtEnd(ends.read))
        }
        #expect(isAtEnd(ends.read))
    }

    @Test func `a number that was given away stays open`() {
        let ends = makePipe()
        defer { close(ends.read) }
        let number = Descriptor(owning: ends.write).release()
        #expect(number == ends.write)
        #expect(!isAtEnd(ends.read))
        close(number)
        #expect(isAtEnd(ends.read))
    }

    @Test func `a descriptor that moves is closed by its last owner`() {
        let ends = makePipe()
        defer { close(ends.read) }
        var kept: Descriptor? = Descriptor(owning: ends.write)
        let moved = kept.take()
        #expect(!isAtEnd(ends.read))
        _ = consume moved
        #expect(isAtEnd(ends.read))
    }

    @Test func `a number that is no descriptor is a mistake of ours`() async {
        await #expect(processExitsWith: .failure) {
            _ = Descriptor(owning: -1)
        }
    }
}

@Suite struct `Error numbers` {
    @Test func `an error says what the C library says`() {
        #expect("\(Errno.addressInUse)" == "Address already in use")
        #expect("\(Errno.tooManyDescriptors)" == "Too many open files")
        #expect(Errno(code: ECONNREFUSED) == Errno(code: ECONNREFUSED))
        #expect(Errno(code: ECONNREFUSED) != .addressInUse)
    }
}
