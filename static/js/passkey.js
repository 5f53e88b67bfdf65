// When a passkey does not work, say so beside the button instead of in the console.

const WORDS = {
  NotAllowedError: "The passkey was not used: the question was closed, or it took too long. Try again.",
  InvalidStateError: "This device already holds a passkey for your account.",
  NotSupportedError: "This browser or device cannot make a passkey.",
  SecurityError: "Passkeys do not work at this address. Ask support for the address to use.",
};

document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const words = WORDS[event.detail.exception?.name] ?? "The passkey could not be read. Try again, or use your code.";
  let place = document.getElementById("passkey-error");
  if (!place) {
    place = document.createElement("p");
    place.id = "passkey-error";
    place.className = "field__error";
    place.setAttribute("role", "alert");
    document.querySelector("main .card").append(place);
  }
  place.textContent = words;
});
