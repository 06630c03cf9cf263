// The page of a member's phone, which opens without signal.
if ("serviceWorker" in navigator) navigator.serviceWorker.register("/m/sw.js");
