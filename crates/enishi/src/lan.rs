//! The demo on the local network: where it is reached, and how a phone gets there.

use std::net::{IpAddr, Ipv4Addr, UdpSocket};

use anyhow::{Context, Result, bail};

/// Addresses of networks that nobody is in; the way there is the way out of this machine.
const ELSEWHERE: [Ipv4Addr; 3] = [
    Ipv4Addr::new(192, 0, 2, 1),
    Ipv4Addr::new(10, 255, 255, 254),
    Ipv4Addr::new(192, 168, 255, 254),
];

/// The address by which others in the network reach this machine. Nothing is sent.
///
/// # Errors
/// There is no network.
pub fn address() -> Result<IpAddr> {
    let own = |elsewhere: &Ipv4Addr| -> Option<IpAddr> {
        let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
        socket.connect((*elsewhere, 9)).ok()?;
        let own = socket.local_addr().ok()?.ip();
        (!own.is_loopback() && !own.is_unspecified()).then_some(own)
    };
    match ELSEWHERE.iter().find_map(own) {
        Some(own) => Ok(own),
        None => bail!(
            "this machine is in no network, so --lan has nobody to reach: join one (Wi-Fi, a \
             phone's hotspot), or start without --lan"
        ),
    }
}

/// What is printed: the address, the code that opens the wallet at `path`, and what to expect.
///
/// # Errors
/// The address is too long for a code.
pub fn invitation(address: &str, path: &str) -> Result<String> {
    let wallet = format!("{address}{path}");
    let drawing = qr::terminal(&wallet).context("the address of the wallet")?;
    Ok(format!(
        "On this network: {address}\n\n{drawing}\nScan it with your phone's camera: it opens a \
         visitor's wallet, {wallet}\n\
         Over plain HTTP a browser gives no live camera: the wallet scans by photo.\n\
         Warning: no TLS. Everybody on this network can open this demo, read what passes, and act \
         in it; keep real names out. All money in it is invented."
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_invitation_opens_the_wallet_and_warns() {
        let text = invitation("http://192.0.2.7:8080", "/w/abc").unwrap();
        for words in ["http://192.0.2.7:8080/w/abc", "by photo", "Warning: no TLS", "█"] {
            assert!(text.contains(words), "{words}: {text}");
        }
        // The modules are the address's: what is drawn is what is said.
        let code = qr::terminal("http://192.0.2.7:8080/w/abc").unwrap();
        assert!(text.contains(&code));
    }
}
