import '../ui/base.css';
import './console.css';
import { mount } from 'svelte';
import Console from './Console.svelte';

const target = document.getElementById('app');
if (target) mount(Console, { target });
