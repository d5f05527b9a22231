// The one owner of a file descriptor: closing twice and using it afterwards do not compile.

import CLinux
import Glibc

/// An open file descriptor, closed when it goes.
package struct Descriptor: ~Copyable {
    /// The number, for calls and for the poller.
    package let number: Int32

    /// Takes over a descriptor that nobody else will close.
    package init(owning number: Int32) {
        precondition(number >= 0)
        self.number = number
    }

    /// Gives the number away, unclosed.
    package consuming func release() -> Int32 {
        let number = self.number
        discard self
        return number
    }

    deinit {
        _ = Glibc.close(number)
    }

    /// Lets the process have as many descriptors as its hard limit says, with room for many.
    ///
    /// Call it before there are threads: when the kernel's table grows later, all of them wait for
    /// an RCU grace period, some ten milliseconds, each time that the count has doubled.
    package static func prepare() {
        lx_prepare_descriptors(65_536)
    }
}
