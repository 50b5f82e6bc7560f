//! Which addresses may be connected to: public ones, and the networks that the operator allows.
//!
//! It resolves no names: what it judges is the address that is about to be connected to.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// How many networks may be allowed.
pub const ALLOWED_NETWORKS_MAX: usize = 64;

const fn v4(a: u8, b: u8, c: u8, prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(std::net::Ipv4Addr::new(a, b, c, 0), prefix)
}

const fn v6(a: u16, b: u16, prefix: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, 0, 0, 0, 0, 0, 0), prefix)
}

/// What is not public in IPv4 (the IANA registry of special-purpose addresses, and multicast).
const SPECIAL_V4: &[Ipv4Net] = &[
    v4(0, 0, 0, 8),       // this network, and the unspecified address
    v4(10, 0, 0, 8),      // private
    v4(100, 64, 0, 10),   // behind a carrier's translation
    v4(127, 0, 0, 8),     // loopback
    v4(169, 254, 0, 16),  // link-local, with the metadata of cloud machines
    v4(172, 16, 0, 12),   // private
    v4(192, 0, 0, 24),    // assignments of the IETF
    v4(192, 0, 2, 24),    // documentation
    v4(192, 88, 99, 24),  // relays to 6to4
    v4(192, 168, 0, 16),  // private
    v4(198, 18, 0, 15),   // benchmarks
    v4(198, 51, 100, 24), // documentation
    v4(203, 0, 113, 24),  // documentation
    v4(224, 0, 0, 4),     // multicast
    v4(240, 0, 0, 4),     // reserved, and broadcast
];

/// Where all public addresses of IPv6 are.
const GLOBAL_V6: Ipv6Net = v6(0x2000, 0, 3);
/// What is not public there all the same.
const SPECIAL_V6: &[Ipv6Net] = &[
    v6(0x2001, 0, 23),     // assignments of the IETF: Teredo, benchmarks, ORCHID
    v6(0x2001, 0xDB8, 32), // documentation
    v6(0x2002, 0, 16),     // 6to4, which leads to any address of IPv4
    v6(0x3FFF, 0, 20),     // documentation
];
/// Translation to IPv4 (RFC 6052): as public as the address within.
const NAT64: Ipv6Net = v6(0x64, 0xFF9B, 96);

/// The networks that may be connected to besides the public ones; none unless the operator says so.
///
/// ```
/// let allowed: causerie_outbound::Allowed = "127.0.0.0/8, 10.1.2.3".parse().expect("networks");
/// assert!(allowed.permits("127.0.0.1".parse().expect("an address")));
/// assert!(!allowed.permits("169.254.169.254".parse().expect("an address")));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Allowed(Vec<IpNet>);

impl Allowed {
    /// Whether this address may be connected to. An address of IPv4 in the clothes of IPv6 counts as itself.
    pub fn permits(&self, address: IpAddr) -> bool {
        let bare = undressed(address);
        let allowed = |net: &IpNet| net.contains(&address) || net.contains(&bare);
        is_public(bare) || self.0.iter().any(allowed)
    }
}

impl FromStr for Allowed {
    type Err = AllowedError;

    /// Reads networks and addresses separated by commas, such as `10.0.0.0/8,fd00::/8,127.0.0.1`; nothing for
    /// none.
    fn from_str(text: &str) -> Result<Self, AllowedError> {
        let parts = text.split(',').map(str::trim);
        let nets: Vec<IpNet> = parts
            .filter(|part| !part.is_empty())
            .map(|part| {
                let alone = || part.parse::<IpAddr>().map(IpNet::from);
                part.parse::<IpNet>().or_else(|_| alone()).map_err(|_| {
                    let shown = part.chars().take(64).collect();
                    AllowedError::NotANetwork(shown)
                })
            })
            .collect::<Result<_, _>>()?;
        if nets.len() > ALLOWED_NETWORKS_MAX {
            return Err(AllowedError::TooMany);
        }
        Ok(Self(nets))
    }
}

impl fmt::Display for Allowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, net) in self.0.iter().enumerate() {
            let separator = if place == 0 { "" } else { "," };
            write!(f, "{separator}{net}")?;
        }
        Ok(())
    }
}

/// Why a text names no networks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AllowedError {
    /// A part of it is none.
    #[error("expected networks such as 10.0.0.0/8,fd00::/8, found `{0}`")]
    NotANetwork(String),
    /// There are too many.
    #[error("expected at most {ALLOWED_NETWORKS_MAX} networks")]
    TooMany,
}

/// Where somebody may not connect to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the address is not public and not allowed")]
pub(crate) struct Forbidden;

/// Why a name leads nowhere.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unresolved {
    /// To no address that may be connected to.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// To none at all.
    #[error("the name was not found: {0}")]
    NotFound(#[from] std::io::Error),
}

/// Which of the addresses of a host may be connected to: at least one. It is these that are connected to,
/// so that a name cannot lead elsewhere when it is looked up again.
pub(crate) async fn resolve(
    allowed: &Allowed,
    host: &str,
    port: u16,
) -> Result<Vec<SocketAddr>, Unresolved> {
    let found = tokio::net::lookup_host((host, port)).await?;
    let permitted: Vec<SocketAddr> = found
        .filter(|address| allowed.permits(address.ip()))
        .collect();
    if permitted.is_empty() {
        return Err(Forbidden.into());
    }
    Ok(permitted)
}

/// The address of IPv4 within one of IPv6, if that is what it stands for.
fn undressed(address: IpAddr) -> IpAddr {
    let IpAddr::V6(six) = address else {
        return address;
    };
    if NAT64.contains(&six) {
        let [.., a, b, c, d] = six.octets();
        return IpAddr::from([a, b, c, d]);
    }
    six.to_ipv4_mapped().map_or(address, IpAddr::V4)
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(four) => !SPECIAL_V4.iter().any(|net| net.contains(&four)),
        IpAddr::V6(six) => {
            GLOBAL_V6.contains(&six) && !SPECIAL_V6.iter().any(|net| net.contains(&six))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permits(allowed: &str, address: &str) -> bool {
        let allowed: Allowed = allowed.parse().expect("networks");
        allowed.permits(address.parse().expect("an address"))
    }

    #[test]
    fn only_public_addresses_are_permitted() {
        for public in [
            "8.8.8.8",
            "172.32.0.1",
            "100.128.0.1",
            "2606:4700::1111",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
        ] {
            assert!(permits("", public), "{public}");
        }
        for special in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.7",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::8.8.8.8",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:0:127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::808:808",
            "100::1",
            "2001::1",
            "2001:2::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!permits("", special), "{special}");
        }
    }

    #[test]
    fn what_the_operator_allows_is_permitted_in_every_form() {
        for form in ["127.0.0.1", "::ffff:127.0.0.1", "64:ff9b::7f00:1"] {
            assert!(permits("127.0.0.0/8", form), "{form}");
        }
        assert!(permits("10.0.0.0/8, ::1", "::1"));
        assert!(permits("10.0.0.0/8, ::1", "10.9.9.9"));
        assert!(!permits("10.0.0.0/8, ::1", "127.0.0.1"));
    }

    #[test]
    fn networks_survive_their_written_form() {
        let allowed: Allowed = " 10.0.0.0/8 ,127.0.0.1,fd00::/8,"
            .parse()
            .expect("networks");
        assert_eq!(allowed.to_string(), "10.0.0.0/8,127.0.0.1/32,fd00::/8");
        assert_eq!(allowed.to_string().parse(), Ok(allowed));
        assert_eq!("".parse(), Ok(Allowed::default()));
        let wrong: Result<Allowed, _> = "10.0.0.0/8,localhost".parse();
        let wrong = wrong.expect_err("no network");
        assert!(wrong.to_string().contains("`localhost`"), "{wrong}");
        assert!("10.0.0.0/33".parse::<Allowed>().is_err());
        assert!(["::1"; 65].join(",").parse::<Allowed>().is_err());
    }
}
