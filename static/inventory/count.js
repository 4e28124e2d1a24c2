// A code that was refused stays in its field; the next scan takes its place.
document.getElementById("id_code")?.select();
