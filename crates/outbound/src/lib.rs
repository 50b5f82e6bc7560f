//! Mail and gateways: hands messages over to platforms outside, safely.
